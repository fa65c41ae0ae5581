#include "try_model.h"

#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "encode/caption_writer.h"

namespace glimpse::app {
namespace {

/// A picture to try a model on: 64 x 64 pixels of colour as a BMP.
std::vector<std::byte> sample_picture() {
  constexpr std::uint32_t kSide = 64, kHeader = 54;
  std::vector<std::byte> bmp(kHeader + kSide * kSide * 3);
  const auto put = [&](std::size_t at, std::uint32_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) bmp[at + i] = static_cast<std::byte>(value >> (8 * i));
  };
  put(0, 0x4d42, 2);  // "BM"
  put(2, static_cast<std::uint32_t>(bmp.size()), 4);
  put(10, kHeader, 4);
  put(14, 40, 4);
  put(18, kSide, 4);
  put(22, kSide, 4);
  put(26, 1, 2);
  put(28, 24, 2);
  for (std::uint32_t i = 0; i < kSide * kSide; ++i) put(kHeader + 3 * i, i * 0x010305u, 3);
  return bmp;
}

bool is_unit(const std::vector<float>& vector) {
  const float length = std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0f));
  return std::abs(length - 1) < 1e-3f;  // false for NaN too
}

}  // namespace

Result<TriedModel> try_model(const std::filesystem::path& directory, const encode::EncoderOptions& options) {
  GLIMPSE_ASSIGN_OR_RETURN(
      const auto model,
      models::open_dual_encoder(directory, {.params_path = options.params_path, .clip_merges = options.clip_merges}));
  const models::ModelInfo& info = model->info();
  if (info.embedding_dimension == 0) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto writer, encode::CaptionWriter::open(directory, options, {}));
    GLIMPSE_RETURN_IF_ERROR(writer->caption(sample_picture()));
    return TriedModel{info, "it writes captions"};
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto encoder, encode::Encoder::open(directory, options));
  GLIMPSE_ASSIGN_OR_RETURN(const auto words, encoder->embed_text("a photo of a cat"));
  GLIMPSE_ASSIGN_OR_RETURN(const auto picture, encoder->embed_image(sample_picture()));
  if (is_unit(words) && is_unit(picture)) return TriedModel{info, "both towers give unit vectors"};
  return Error::corruption("'{}': its towers do not give unit vectors: the weights are damaged", info.name);
}

}  // namespace glimpse::app
