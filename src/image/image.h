#pragma once

#include <cstdint>
#include <vector>

namespace glimpse::image {

/// Pixels ready for a model: upright (EXIF orientation applied), 8-bit sRGB, alpha blended over white.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;  ///< [height, width, 3] row-major.
};

}  // namespace glimpse::image
