// Noise whose detail falls with its frequency, as that of photographs does: about a quarter of a byte for each pixel as
// a JPEG of quality 88. Bytes are what decoding costs.
#include <fmt/core.h>

#include <array>
#include <cmath>
#include <cstdint>

#include "bench/sample_pictures.h"
#include "image/thumbnail.h"

namespace glimpse::app {
namespace {

constexpr int kTile = 512;
constexpr int kQuality = 88;

/// A number in [-1, 1) that depends on the place alone.
double lattice(int x, int y, int layer) {
  auto h = static_cast<std::uint32_t>(x) * 0x9E3779B1u + static_cast<std::uint32_t>(y) * 0x85EBCA6Bu +
           static_cast<std::uint32_t>(layer) * 0xC2B2AE35u;
  h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
  h = (h ^ (h >> 12)) * 0x297A2D39u;
  return static_cast<double>(h ^ (h >> 15)) / 2147483648.0 - 1;
}

/// Between the four lattice points around (x, y), which are `step` apart; repeats after a tile.
double smooth(int x, int y, int step, int layer) {
  const int left = x / step, top = y / step, points = kTile / step;
  const double right_share = static_cast<double>(x % step) / step, low_share = static_cast<double>(y % step) / step;
  const auto row = [&](int line) {
    return lattice(left, line, layer) * (1 - right_share) + lattice((left + 1) % points, line, layer) * right_share;
  };
  return row(top) * (1 - low_share) + row((top + 1) % points) * low_share;
}

std::vector<std::uint8_t> tile() {
  std::vector<std::uint8_t> rgb;
  for (int y = 0; y < kTile; ++y) {
    for (int x = 0; x < kTile; ++x) {
      double grey = 0;  // shared by the three colours, whose own part has only coarse detail
      for (int step = 128, layer = 0; step >= 1; step /= 2, ++layer)
        grey += smooth(x, y, step, layer) * (8 + 0.4 * step);
      for (int c = 0; c < 3; ++c) {
        const double value = 128 + grey + 24 * smooth(x, y, 32, 100 + c);
        rgb.push_back(static_cast<std::uint8_t>(std::lround(std::fmin(std::fmax(value, 0), 255))));
      }
    }
  }
  return rgb;
}

image::Image tiled(const std::vector<std::uint8_t>& tile, int width, int height) {
  image::Image image{.width = width, .height = height, .rgb = {}};
  image.rgb.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; x += kTile) {
      const auto row = tile.begin() + std::ptrdiff_t{3} * kTile * (y % kTile);
      image.rgb.insert(image.rgb.end(), row, row + std::ptrdiff_t{3} * std::min(kTile, width - x));
    }
  }
  return image;
}

}  // namespace

Result<std::vector<SamplePictures>> synthetic_samples() {
  constexpr std::array<std::array<int, 2>, 3> kSizes = {{{640, 480}, {1920, 1440}, {4000, 3000}}};
  const auto pattern = tile();
  std::vector<SamplePictures> samples;
  for (const auto& [width, height] : kSizes) {
    GLIMPSE_ASSIGN_OR_RETURN(auto jpeg, image::thumbnail_jpeg(tiled(pattern, width, height), width, kQuality));
    samples.push_back({.format = "jpeg",
                       .size = fmt::format("{} x {}", width, height),
                       .files = {std::move(jpeg)},
                       .megapixels = width * height / 1e6});
  }
  return samples;
}

}  // namespace glimpse::app
