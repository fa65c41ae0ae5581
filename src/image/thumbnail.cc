// Small previews: shrink while loading as far as the target allows, then the model's own resampler, then JPEG.
#include "image/thumbnail.h"

#include <algorithm>
#include <cmath>

#include "image/preprocess.h"
#include "image/vips_codec.h"

namespace glimpse::image {
namespace {

struct Size {
  int width, height;
};

Size fit(int width, int height, int max_side) {
  const int longer = std::max(width, height);
  if (longer <= max_side) return {width, height};
  const auto scaled = [&](int side) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(side) * max_side / longer)));
  };
  return {scaled(width), scaled(height)};
}

Result<void> check(int max_side, int quality) {
  constexpr int kMaxThumbnailSide = 8'192;
  if (max_side < 1 || max_side > kMaxThumbnailSide) {
    return Error::invalid_argument("thumbnail of {} pixels: expected 1 to {}", max_side, kMaxThumbnailSide);
  }
  if (quality < 1 || quality > 100) {
    return Error::invalid_argument("thumbnail of JPEG quality {}: expected 1 to 100", quality);
  }
  return {};
}

}  // namespace

Result<std::vector<std::byte>> thumbnail_jpeg(const Image& image, int max_side, int quality) {
  GLIMPSE_RETURN_IF_ERROR(check(max_side, quality));
  const Size size = fit(image.width, image.height, max_side);
  GLIMPSE_ASSIGN_OR_RETURN(const Image small, resize(image, size.width, size.height, ResizeFilter::kLanczos));
  return encode_jpeg(small, quality);
}

Result<std::vector<std::byte>> thumbnail_jpeg(std::span<const std::byte> bytes, int max_side,
                                              const DecodeLimits& limits, int quality) {
  GLIMPSE_RETURN_IF_ERROR(check(max_side, quality));
  GLIMPSE_ASSIGN_OR_RETURN(const ImageHeader header, probe(bytes, limits));
  const Size size = fit(header.width, header.height, max_side);
  GLIMPSE_ASSIGN_OR_RETURN(const DecodedImage decoded,
                           decode(bytes, {.limits = limits, .min_short_side = std::min(size.width, size.height)}));
  GLIMPSE_ASSIGN_OR_RETURN(const Image small, resize(decoded.image, size.width, size.height, ResizeFilter::kLanczos));
  return encode_jpeg(small, quality);
}

}  // namespace glimpse::image
