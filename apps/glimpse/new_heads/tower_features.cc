#include "new_heads/tower_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>

#include "base/file.h"
#include "image/decode.h"

namespace glimpse::app {
namespace {

constexpr int kMarginForCrops = 3;  // a crop of half the area still has more pixels than the model takes
constexpr std::size_t kTextsAtOnce = 1024;

bool cancelled(const FeatureOptions& options) { return options.cancel != nullptr && options.cancel->cancelled(); }

runtime::RuntimeOptions runtime_options(const FeatureOptions& options) {
  return {.precision = runtime::Precision::kF32,
          .threads = options.threads,
          .ranges = {},
          .streams = 0,
          .cache_dir = options.cache_dir};
}

}  // namespace

Result<PictureFeatures> PictureFeatures::open(std::shared_ptr<const models::DualEncoder> model,
                                              const FeatureOptions& options) {
  PictureFeatures features;
  GLIMPSE_ASSIGN_OR_RETURN(features.tower_, runtime::ImageTower::compile(*model, runtime_options(options)));
  features.model_ = std::move(model);
  features.options_ = options;
  return features;
}

Result<void> PictureFeatures::see(const SeenPicture& picture, std::size_t number, int versions,
                                  const train::Augmentation& augmentation, std::uint64_t seed,
                                  std::vector<heads::Matrix>& out) const {
  const image::PreprocessSpec& spec = model_->preprocess();
  const image::DecodeOptions decoding{.limits = {}, .min_short_side = spec.crop_size * kMarginForCrops};
  GLIMPSE_ASSIGN_OR_RETURN(const auto bytes, read_file(picture.path, decoding.limits.max_bytes));
  GLIMPSE_ASSIGN_OR_RETURN(const auto decoded, image::decode(bytes, decoding));
  const auto edge = static_cast<std::size_t>(spec.crop_size), width = static_cast<std::size_t>(tower_->dimension());
  std::vector<float> pixels(static_cast<std::size_t>(versions) * 3 * edge * edge);
  for (int version = 0; version < versions; ++version) {
    const auto look = std::span(pixels).subspan(static_cast<std::size_t>(version) * 3 * edge * edge, 3 * edge * edge);
    GLIMPSE_RETURN_IF_ERROR(
        train::look(decoded.image, spec, version == 0 ? train::Augmentation{} : augmentation, picture.mirror,
                    {.seed = seed, .epoch = static_cast<std::uint64_t>(version), .picture = number}, look));
  }
  std::vector<float> features(static_cast<std::size_t>(versions) * width);
  GLIMPSE_RETURN_IF_ERROR(tower_->run(pixels, versions, features));
  for (std::size_t version = 0; version < out.size(); ++version) {
    std::copy_n(features.begin() + static_cast<std::ptrdiff_t>(version * width), width,
                out[version].values.begin() + static_cast<std::ptrdiff_t>(number * width));
  }
  return {};
}

Result<std::vector<heads::Matrix>> PictureFeatures::of(std::span<const SeenPicture> pictures, int versions,
                                                       const train::Augmentation& augmentation, std::uint64_t seed,
                                                       const std::function<void(std::size_t done)>& progress) const {
  const std::int64_t rows = static_cast<std::int64_t>(pictures.size()), width = tower_->dimension();
  std::vector<heads::Matrix> out(
      static_cast<std::size_t>(versions),
      {.rows = rows, .columns = width, .values = std::vector<float>(static_cast<std::size_t>(rows * width))});
  std::atomic<std::size_t> next{0}, done{0};
  std::mutex mutex;
  std::optional<Error> failure;
  const auto failed = [&] {
    const std::lock_guard lock(mutex);
    return failure.has_value();
  };
  const auto work = [&] {
    for (std::size_t i = next++; i < pictures.size() && !failed() && !cancelled(options_); i = next++) {
      if (auto seen = see(pictures[i], i, versions, augmentation, seed, out); !seen) {
        const std::lock_guard lock(mutex);
        failure = seen.error().with_context(display(pictures[i].path));
      }
      ++done;
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < tower_->streams(); ++i) threads.emplace_back(work);
  while (done < pictures.size() && !failed() && !cancelled(options_)) {
    if (progress) progress(done);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  threads.clear();
  if (failure) return *failure;
  if (cancelled(options_)) return Error::cancelled("interrupted");
  return out;
}

Result<heads::Matrix> text_features(const models::DualEncoder& model, std::span<const std::string> texts,
                                    const FeatureOptions& options,
                                    const std::function<void(std::size_t done)>& progress) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto tokenizer, model.tokenizer());
  GLIMPSE_ASSIGN_OR_RETURN(const auto tower, runtime::TextTower::compile(model, runtime_options(options)));
  heads::Matrix out{.rows = static_cast<std::int64_t>(texts.size()), .columns = tower->dimension(), .values = {}};
  for (std::size_t first = 0; first < texts.size(); first += kTextsAtOnce) {
    if (cancelled(options)) return Error::cancelled("interrupted");
    std::vector<std::vector<text::TokenId>> tokens;
    for (const std::string& text : texts.subspan(first, std::min(kTextsAtOnce, texts.size() - first))) {
      tokens.push_back(tokenizer->encode(text));
    }
    GLIMPSE_ASSIGN_OR_RETURN(const auto rows, tower->run(tokens));
    out.values.insert(out.values.end(), rows.begin(), rows.end());
    if (progress) progress(first + tokens.size());
  }
  return out;
}

}  // namespace glimpse::app
