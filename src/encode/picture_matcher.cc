#include "encode/picture_matcher.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/cpu.h"
#include "base/file.h"
#include "encode/pixels.h"
#include "image/decode.h"
#include "runtime/matcher.h"

namespace glimpse::encode {

struct PictureMatcher::State {
  std::unique_ptr<models::DualEncoder> model;
  std::unique_ptr<runtime::Matcher> matcher;
  std::shared_ptr<const text::Tokenizer> tokenizer;
  int threads = 1;

  Result<float> match(std::span<const text::TokenId> ids, const std::filesystem::path& file) const {
    GLIMPSE_ASSIGN_OR_RETURN(const auto bytes, read_file(file, image::DecodeLimits{}.max_bytes));
    GLIMPSE_ASSIGN_OR_RETURN(const auto pixels, pixels_of(bytes, model->preprocess()));
    GLIMPSE_ASSIGN_OR_RETURN(const auto memory, matcher->look(pixels));
    return matcher->match(memory, ids);
  }
};

PictureMatcher::PictureMatcher(std::unique_ptr<State> state) : state_(std::move(state)) {}
PictureMatcher::~PictureMatcher() = default;

Result<std::unique_ptr<PictureMatcher>> PictureMatcher::open(const std::filesystem::path& model_directory,
                                                             const EncoderOptions& options) {
  auto state = std::make_unique<State>();
  GLIMPSE_ASSIGN_OR_RETURN(state->model, models::open_dual_encoder(model_directory, {.params_path = options.params_path,
                                                                                     .clip_merges = options.clip_merges,
                                                                                     .cache_dir = options.cache_dir}));
  GLIMPSE_ASSIGN_OR_RETURN(state->matcher,
                           runtime::Matcher::compile(*state->model, {.precision = precision_of_lookers(options),
                                                                     .threads = options.threads,
                                                                     .cache_dir = options.cache_dir}));
  GLIMPSE_ASSIGN_OR_RETURN(state->tokenizer, state->model->tokenizer());
  state->threads = options.threads > 0 ? options.threads : available_cpus();
  return std::unique_ptr<PictureMatcher>(new PictureMatcher(std::move(state)));
}

std::vector<Result<float>> PictureMatcher::match(std::string_view words,
                                                 std::span<const std::filesystem::path> files) const {
  const auto ids = state_->tokenizer->encode(words);
  std::vector<Result<float>> matches(files.size(), 0.0f);
  std::atomic<std::size_t> next = 0;
  {
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < std::min(static_cast<std::size_t>(state_->threads), files.size()); ++i) {
      workers.emplace_back([&] {
        for (std::size_t at = next++; at < files.size(); at = next++) matches[at] = state_->match(ids, files[at]);
      });
    }
  }
  return matches;
}

}  // namespace glimpse::encode
