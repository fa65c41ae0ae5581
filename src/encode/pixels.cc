#include "encode/pixels.h"

#include "image/decode.h"

namespace glimpse::encode {

Result<std::vector<float>> pixels_of(std::span<const std::byte> bytes, const image::PreprocessSpec& spec) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto decoded, image::decode(bytes));
  const auto edge = static_cast<std::size_t>(spec.crop_size);
  std::vector<float> pixels(3 * edge * edge);
  GLIMPSE_RETURN_IF_ERROR(image::preprocess(decoded.image, spec, pixels));
  return pixels;
}

}  // namespace glimpse::encode
