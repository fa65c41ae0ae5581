#include "encode/encoder.h"

#include <future>
#include <utility>

#include "base/memory.h"
#include "image/decode.h"
#include "image/preprocess.h"

namespace glimpse::encode {

Result<std::unique_ptr<Encoder>> Encoder::open(const std::filesystem::path& model_directory,
                                               const EncoderOptions& options) {
  GLIMPSE_ASSIGN_OR_RETURN(auto model, models::open_dual_encoder(model_directory, {.params_path = options.params_path,
                                                                                   .clip_merges = options.clip_merges,
                                                                                   .cache_dir = options.cache_dir}));
  return std::unique_ptr<Encoder>(new Encoder(std::move(model), options));
}

runtime::Precision Encoder::picture_precision() const {
  using runtime::Precision;
  if (options_.precision) return *options_.precision;
  if (!model_->activation_ranges().empty() && is_native(Precision::kInt8)) return Precision::kInt8;
  return is_native(Precision::kBf16) ? Precision::kBf16 : Precision::kF32;
}

runtime::Precision Encoder::text_precision() const {
  return options_.precision == runtime::Precision::kBf16 ? runtime::Precision::kBf16 : runtime::Precision::kF32;
}

runtime::RuntimeOptions Encoder::runtime_options(runtime::Precision precision) const {
  return {.precision = precision, .threads = options_.threads, .cache_dir = options_.cache_dir};
}

Encoder::Encoder(std::unique_ptr<models::DualEncoder> model, EncoderOptions options)
    : model_(std::move(model)),
      options_(std::move(options)),
      image_tower_([this] { return runtime::ImageTower::compile(*model_, runtime_options(picture_precision())); }),
      text_tower_([this] { return runtime::TextTower::compile(*model_, runtime_options(text_precision())); }) {}

Result<TextEncoder*> Encoder::text_encoder() {
  const std::lock_guard lock(opening_);
  if (!text_encoder_) {
    GLIMPSE_ASSIGN_OR_RETURN(auto tokenizer, model_->tokenizer());
    const auto embed = [this](std::span<const text::TokenId> ids) -> Result<std::vector<float>> {
      GLIMPSE_ASSIGN_OR_RETURN(const auto tower, text_tower_.get());
      return tower->run(ids);
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
  GLIMPSE_ASSIGN_OR_RETURN(const auto decoded, image::decode(bytes));
  const auto& spec = model_->preprocess();
  const auto edge = static_cast<std::size_t>(spec.crop_size);
  std::vector<float> pixels(3 * edge * edge);
  GLIMPSE_RETURN_IF_ERROR(image::preprocess(decoded.image, spec, pixels));
  GLIMPSE_ASSIGN_OR_RETURN(const auto tower, image_tower_.get());
  std::vector<float> embedding(static_cast<std::size_t>(tower->dimension()));
  GLIMPSE_RETURN_IF_ERROR(tower->run(pixels, 1, embedding));
  return embedding;
}

Result<ImageModel> Encoder::image_model() {
  GLIMPSE_ASSIGN_OR_RETURN(const auto tower, image_tower_.get());
  return ImageModel{.preprocess = model_->preprocess(),
                    .dimension = tower->dimension(),
                    .lanes = tower->streams(),
                    .key = tower->key(),
                    .cache_dir = options_.cache_dir,
                    .embed = [tower](std::span<const float> pixels, int count, std::span<float> embeddings) {
                      return tower->run(pixels, count, embeddings);
                    }};
}

}  // namespace glimpse::encode
