#pragma once

#include <cstdint>
#include <vector>

#include "image/image.h"

namespace glimpse::image {

/// How the 8-bit samples of one pixel are to be read. kCmyk: 0 is no ink; samples past the fourth are ignored.
enum class PixelLayout { kGrey, kGreyAlpha, kRgb, kRgba, kCmyk };

/// Samples [pixels, bands] → RGB [pixels, 3]. Alpha is blended over white. CMYK is converted without a profile, by
/// c' = (255 - k)(255 - c) / 255, as Pillow's convert("RGB") does.
std::vector<std::uint8_t> to_rgb(PixelLayout layout, int bands, std::vector<std::uint8_t> samples);

/// Whether the EXIF orientation (1 to 8) turns the picture by 90 degrees.
bool swaps_sides(int orientation);

/// The picture as it is meant to be seen, given its EXIF orientation. Values outside 1 to 8 count as 1.
/// Source: Exif 2.32 (CIPA DC-008), tag 0x0112.
Image upright(Image image, int orientation);

}  // namespace glimpse::image
