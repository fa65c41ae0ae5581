#include "encode/encoder.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <utility>

#include "base/memory.h"
#include "encode/picture_sample.h"
#include "encode/pixels.h"
#include "encode/precision_trial.h"

namespace glimpse::encode {

namespace {

/// A broken model is named here, before its answers reach a library or a ranking.
Result<void> check_finite(std::span<const float> embeddings, const std::string& model) {
  if (std::ranges::all_of(embeddings, [](float v) { return std::isfinite(v); })) return {};
  return Error::corruption(
      "model {}: an embedding is not a number: its weights are damaged, or were trained too far; 'glimpse model "
      "verify' "
      "compares them with what was downloaded",
      model);
}

}  // namespace

runtime::Precision precision_of_lookers(const EncoderOptions& options) {
  if (options.precision) return *options.precision;
  return is_native(runtime::Precision::kBf16) ? runtime::Precision::kBf16 : runtime::Precision::kF32;
}

Result<std::unique_ptr<Encoder>> Encoder::open(const std::filesystem::path& model_directory,
                                               const EncoderOptions& options) {
  GLIMPSE_ASSIGN_OR_RETURN(auto model, models::open_dual_encoder(model_directory, {.params_path = options.params_path,
                                                                                   .clip_merges = options.clip_merges,
                                                                                   .cache_dir = options.cache_dir}));
  if (model->info().embedding_dimension == 0) {
    return Error::unsupported("the model '{}' only writes captions: to search, take one such as blip-itm-base-coco",
                              model->info().name);
  }
  return std::unique_ptr<Encoder>(new Encoder(std::move(model), options));
}

const runtime::PrecisionRecord* Encoder::record() {
  const std::lock_guard lock(opening_);
  if (!record_was_read_ && !options_.cache_dir.empty()) {
    if (auto found = runtime::read_precision_record(options_.cache_dir, info().fingerprint))
      record_ = *std::move(found);
  }
  record_was_read_ = true;
  return record_ ? &*record_ : nullptr;
}

runtime::RuntimeOptions Encoder::picture_options() {
  using runtime::Precision;
  runtime::RuntimeOptions options{.threads = options_.threads, .cache_dir = options_.cache_dir};
  const runtime::PrecisionRecord* found = record();
  if (found != nullptr) options.ranges = found->ranges;
  if (options_.precision) {
    options.precision = *options_.precision;
  } else if (found != nullptr) {
    options.precision = found->precision;
  } else if (!model_->activation_ranges().empty() && is_native(Precision::kInt8)) {
    options.precision = Precision::kInt8;
  } else {
    options.precision = is_native(Precision::kBf16) ? Precision::kBf16 : Precision::kF32;
  }
  return options;
}

runtime::RuntimeOptions Encoder::text_options() {
  using runtime::Precision;
  runtime::RuntimeOptions options{.threads = options_.threads, .cache_dir = options_.cache_dir};
  const runtime::PrecisionRecord* found = record();
  if (options_.precision) {
    options.precision = options_.precision == Precision::kBf16 ? Precision::kBf16 : Precision::kF32;
  } else if (found != nullptr) {
    options.precision = found->words;
  }
  return options;
}

Result<std::string> Encoder::settle_precision(const WaitingPictures& waiting) {
  const bool by_choice = options_.precision.has_value();
  if (by_choice && options_.precision != runtime::Precision::kInt8) return std::string();
  const runtime::PrecisionRecord* found = record();
  const bool has_ranges = !model_->activation_ranges().empty() || (found != nullptr && !found->ranges.empty());
  if (by_choice ? has_ranges : found != nullptr || waiting.count < kWorthATrial) return std::string();
  GLIMPSE_ASSIGN_OR_RETURN(const auto tried, try_precisions(waiting));
  return describe(tried);
}

Result<runtime::PrecisionRecord> Encoder::try_precisions(const WaitingPictures& waiting) {
  const PictureSample sample = sample_pictures(waiting.sample, model_->preprocess());
  GLIMPSE_ASSIGN_OR_RETURN(auto tried, encode::try_precisions(*model_, sample, options_.threads));
  if (!options_.cache_dir.empty() && 2 * sample.count >= kTrialPictures) {
    // Where it cannot be written the next run tries again; nothing else changes.
    (void)runtime::write_precision_record(options_.cache_dir, info().fingerprint, tried);
  }
  const std::lock_guard lock(opening_);
  record_was_read_ = true;
  record_ = tried;
  return tried;
}

Encoder::Encoder(std::unique_ptr<models::DualEncoder> model, EncoderOptions options)
    : model_(std::move(model)),
      options_(std::move(options)),
      image_tower_([this] { return runtime::ImageTower::compile(*model_, picture_options()); }),
      text_tower_([this] { return runtime::TextTower::compile(*model_, text_options()); }) {}

Result<TextEncoder*> Encoder::text_encoder() {
  const std::lock_guard lock(opening_);
  if (!text_encoder_) {
    GLIMPSE_ASSIGN_OR_RETURN(auto tokenizer, model_->tokenizer());
    const auto embed = [this](std::span<const text::TokenId> ids) -> Result<std::vector<float>> {
      GLIMPSE_ASSIGN_OR_RETURN(const auto tower, text_tower_.get());
      GLIMPSE_ASSIGN_OR_RETURN(auto embedding, tower->run(ids));
      GLIMPSE_RETURN_IF_ERROR(check_finite(embedding, info().name));
      return embedding;
    };
    text_encoder_ = std::make_unique<TextEncoder>(std::move(tokenizer), embed);
  }
  return text_encoder_.get();
}

Result<void> Encoder::load_text_tower() {
  // Side by side: each takes about as long as the other, and the first query waits for both.
  auto tokenizer = std::async(std::launch::async, [this] { return text_encoder(); });
  const auto tower = text_tower_.get();
  GLIMPSE_RETURN_IF_ERROR(tokenizer.get());
  GLIMPSE_RETURN_IF_ERROR(tower);
  return {};
}

bool Encoder::unload_idle(std::chrono::steady_clock::duration idle) {
  const auto deadline = std::chrono::steady_clock::now() - idle;
  const bool words = text_tower_.release_if_unwanted_since(deadline);
  const bool pictures = image_tower_.release_if_unwanted_since(deadline);
  if (words || pictures) return_freed_memory();
  return words || pictures;
}

Result<std::vector<float>> Encoder::embed_text(std::string_view text) {
  if (text.size() > kMaxQueryBytes) {
    return Error::invalid_argument("the query has {} bytes, the limit is {}: say it in fewer words", text.size(),
                                   kMaxQueryBytes);
  }
  GLIMPSE_ASSIGN_OR_RETURN(auto* encoder, text_encoder());
  return encoder->encode(text);
}

Result<std::vector<float>> Encoder::embed_image(std::span<const std::byte> bytes) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto pixels, pixels_of(bytes, model_->preprocess()));
  GLIMPSE_ASSIGN_OR_RETURN(const auto tower, image_tower_.get());
  std::vector<float> embedding(static_cast<std::size_t>(tower->dimension()));
  GLIMPSE_RETURN_IF_ERROR(tower->run(pixels, 1, embedding));
  GLIMPSE_RETURN_IF_ERROR(check_finite(embedding, info().name));
  return embedding;
}

Result<ImageModel> Encoder::image_model() {
  GLIMPSE_ASSIGN_OR_RETURN(const auto tower, image_tower_.get());
  return ImageModel{.preprocess = model_->preprocess(),
                    .dimension = tower->dimension(),
                    .lanes = tower->streams(),
                    .key = tower->key(),
                    .cache_dir = options_.cache_dir,
                    .embed = [tower, name = info().name](std::span<const float> pixels, int count,
                                                         std::span<float> embeddings) -> Result<void> {
                      GLIMPSE_RETURN_IF_ERROR(tower->run(pixels, count, embeddings));
                      return check_finite(embeddings, name);
                    }};
}

}  // namespace glimpse::encode
