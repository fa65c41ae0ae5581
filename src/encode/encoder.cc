#include "encode/encoder.h"

#include <utility>

#include "encode/pixels.h"

namespace glimpse::encode {

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

Result<void> Encoder::load_text_tower() {
  const std::lock_guard lock(loading_);
  if (text_encoder_) return {};
  GLIMPSE_ASSIGN_OR_RETURN(auto tokenizer, model_->tokenizer());
  GLIMPSE_ASSIGN_OR_RETURN(text_tower_, runtime::TextTower::compile(*model_, runtime_options(text_precision())));
  text_encoder_ = std::make_unique<TextEncoder>(
      std::move(tokenizer),
      [tower = text_tower_.get()](std::span<const text::TokenId> ids) { return tower->run(ids); });
  return {};
}

Result<std::vector<float>> Encoder::embed_text(std::string_view text) {
  if (text.size() > kMaxQueryBytes) {
    return Error::invalid_argument("the query has {} bytes, the limit is {}: say it in fewer words", text.size(),
                                   kMaxQueryBytes);
  }
  GLIMPSE_RETURN_IF_ERROR(load_text_tower());
  return text_encoder_->encode(text);
}

Result<const runtime::ImageTower*> Encoder::image_tower() {
  const std::lock_guard lock(loading_);
  if (!image_tower_) {
    GLIMPSE_ASSIGN_OR_RETURN(image_tower_, runtime::ImageTower::compile(*model_, runtime_options(picture_precision())));
  }
  return image_tower_.get();
}

Result<std::vector<float>> Encoder::embed_image(std::span<const std::byte> bytes) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto pixels, pixels_of(bytes, model_->preprocess()));
  GLIMPSE_ASSIGN_OR_RETURN(const auto* tower, image_tower());
  std::vector<float> embedding(static_cast<std::size_t>(tower->dimension()));
  GLIMPSE_RETURN_IF_ERROR(tower->run(pixels, 1, embedding));
  return embedding;
}

Result<ImageModel> Encoder::image_model() {
  GLIMPSE_ASSIGN_OR_RETURN(const auto* tower, image_tower());
  return ImageModel{.preprocess = model_->preprocess(),
                    .dimension = tower->dimension(),
                    .lanes = tower->streams(),
                    .embed = [tower](std::span<const float> pixels, int count, std::span<float> embeddings) {
                      return tower->run(pixels, count, embeddings);
                    }};
}

}  // namespace glimpse::encode
