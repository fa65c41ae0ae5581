// From what a decoder delivers to upright RGB.
//
// Orientation: every one of the eight is "the pixel at (x, y) of the upright picture is stored at origin + x·step_x +
// y·step_y". The tables below name, for each value, where the upright picture's first pixel is stored and in which
// direction its rows run, so one loop serves all eight.
#include "image/pixels.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace glimpse::image {
namespace {

/// round(a · b / 255), exact for 0..255. Pillow's MULDIV255.
std::uint32_t mul_div_255(std::uint32_t a, std::uint32_t b) {
  const std::uint32_t t = a * b + 128;
  return ((t >> 8) + t) >> 8;
}

std::uint8_t over_white(std::uint32_t value, std::uint32_t alpha) {
  return static_cast<std::uint8_t>(mul_div_255(value, alpha) + mul_div_255(255, 255 - alpha));
}

std::uint8_t ink(std::uint32_t value, std::uint32_t key) {
  const std::uint32_t light = 255 - key;
  return static_cast<std::uint8_t>(light - std::min(light, mul_div_255(value, light)));
}

}  // namespace

std::vector<std::uint8_t> to_rgb(PixelLayout layout, int bands, std::vector<std::uint8_t> samples) {
  if (layout == PixelLayout::kRgb) return samples;
  const auto step = static_cast<std::size_t>(bands);
  std::vector<std::uint8_t> rgb(samples.size() / step * 3);
  const std::uint8_t* in = samples.data();
  for (auto out = rgb.begin(); out != rgb.end(); out += 3, in += step) {
    switch (layout) {
      case PixelLayout::kGrey:
        out[0] = out[1] = out[2] = in[0];
        break;
      case PixelLayout::kGreyAlpha:
        out[0] = out[1] = out[2] = over_white(in[0], in[1]);
        break;
      case PixelLayout::kRgba:
        for (int c = 0; c < 3; ++c) out[c] = over_white(in[c], in[3]);
        break;
      case PixelLayout::kCmyk:
        for (int c = 0; c < 3; ++c) out[c] = ink(in[c], in[3]);
        break;
      case PixelLayout::kRgb:
        break;
    }
  }
  return rgb;
}

bool swaps_sides(int orientation) { return orientation >= 5 && orientation <= 8; }

Image upright(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  struct Walk {
    bool right, bottom;  ///< Where the upright picture's first pixel is stored.
  };
  static constexpr std::array<Walk, 9> kWalks = {{{false, false},
                                                  {false, false},
                                                  {true, false},
                                                  {true, true},
                                                  {false, true},
                                                  {false, false},
                                                  {false, true},
                                                  {true, true},
                                                  {true, false}}};
  const Walk walk = kWalks[static_cast<std::size_t>(orientation)];
  const std::ptrdiff_t stored_row = std::ptrdiff_t{3} * image.width;
  const std::ptrdiff_t along_row = walk.right ? -3 : 3;
  const std::ptrdiff_t along_column = walk.bottom ? -stored_row : stored_row;
  const bool swapped = swaps_sides(orientation);
  const std::ptrdiff_t step_x = swapped ? along_column : along_row;
  const std::ptrdiff_t step_y = swapped ? along_row : along_column;
  Image turned{
      .width = swapped ? image.height : image.width, .height = swapped ? image.width : image.height, .rgb = {}};
  turned.rgb.resize(image.rgb.size());
  const std::uint8_t* first =
      image.rgb.data() + (walk.right ? stored_row - 3 : 0) + (walk.bottom ? stored_row * (image.height - 1) : 0);
  std::uint8_t* out = turned.rgb.data();
  for (int y = 0; y < turned.height; ++y) {
    const std::uint8_t* in = first + y * step_y;
    for (int x = 0; x < turned.width; ++x, in += step_x, out += 3) std::copy_n(in, 3, out);
  }
  return turned;
}

}  // namespace glimpse::image
