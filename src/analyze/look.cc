// Brightness, contrast and colour of sampled pixels; and a sketch that survives resizing and another encoder: boxes of
// mean colour, and a hash of the signs of the lowest frequencies of the discrete cosine transform against their median.
// Source of the hash: Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010,
// section 3.2.1.
#include "analyze/look.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/assert.h"

namespace glimpse::analyze {
namespace {

constexpr int kSampledSide = 128;
constexpr double kNamedSaturation = 0.2, kNamedValue = 0.15, kColourfulShare = 0.05;
constexpr int kGreyDifference = 20;
constexpr double kGreyShare = 0.005;
constexpr int kHashSide = 32, kFrequencies = 8;

double luma(const std::uint8_t* rgb) { return (0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]) / 255; }

const std::uint8_t* pixel(const image::Image& picture, int x, int y) {
  const auto index =
      static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width) + static_cast<std::size_t>(x);
  return picture.rgb.data() + 3 * index;
}

/// Sums over the sampled pixels.
struct Sums {
  double count = 0, luma = 0, squared = 0, saturation = 0, colourful = 0, coloured = 0;
  std::array<double, kHues> hues = {};

  void add(const std::uint8_t* rgb) {
    const double light = analyze::luma(rgb);
    const auto colour = hue_of(rgb[0], rgb[1], rgb[2]);
    const int apart = std::max({rgb[0], rgb[1], rgb[2]}) - std::min({rgb[0], rgb[1], rgb[2]});
    ++count;
    luma += light;
    squared += light * light;
    saturation += colour.saturation;
    if (apart > kGreyDifference) ++coloured;
    if (colour.saturation < kNamedSaturation || colour.value < kNamedValue) return;
    ++colourful;
    hues[static_cast<std::size_t>(named(colour.degrees))] += apart;
  }
};

/// Mean colours of `side` × `side` boxes, [side, side, 3], 0 to 255. A picture with fewer pixels repeats them.
std::vector<float> boxes(const image::Image& picture, int side) {
  std::vector<float> means;
  const auto edge = [side](int length, int i) {
    return static_cast<int>(static_cast<std::int64_t>(length) * i / side);
  };
  for (int row = 0; row < side; ++row) {
    const int top = edge(picture.height, row), bottom = std::max(top + 1, edge(picture.height, row + 1));
    for (int column = 0; column < side; ++column) {
      const int left = edge(picture.width, column), right = std::max(left + 1, edge(picture.width, column + 1));
      std::array<double, 3> sum = {};
      for (int y = top; y < bottom; ++y) {
        for (int x = left; x < right; ++x) {
          for (std::size_t c = 0; c < 3; ++c) sum[c] += pixel(picture, x, y)[c];
        }
      }
      for (const double total : sum) means.push_back(static_cast<float>(total / ((bottom - top) * (right - left))));
    }
  }
  return means;
}

/// Cosines [kFrequencies, kHashSide] of the DCT-II, without the constant frequency.
const std::vector<double>& cosines() {
  static const std::vector<double> table = [] {
    std::vector<double> values;
    for (int k = 1; k <= kFrequencies; ++k) {
      for (int i = 0; i < kHashSide; ++i) values.push_back(std::cos(std::numbers::pi * k * (i + 0.5) / kHashSide));
    }
    return values;
  }();
  return table;
}

std::uint64_t hash_of(const std::vector<float>& rgb) {
  const auto& table = cosines();
  std::array<double, kHashSide * kFrequencies> rows = {};  // [row, frequency]
  for (std::size_t y = 0; y < kHashSide; ++y) {
    for (std::size_t x = 0; x < kHashSide; ++x) {
      const float* box = rgb.data() + 3 * (y * kHashSide + x);
      const double light = 0.299 * box[0] + 0.587 * box[1] + 0.114 * box[2];
      for (std::size_t k = 0; k < kFrequencies; ++k) rows[y * kFrequencies + k] += light * table[k * kHashSide + x];
    }
  }
  std::array<double, kFrequencies * kFrequencies> found = {};
  for (std::size_t y = 0; y < kHashSide; ++y) {
    for (std::size_t i = 0; i < found.size(); ++i) {
      found[i] += rows[y * kFrequencies + i % kFrequencies] * table[i / kFrequencies * kHashSide + y];
    }
  }
  auto sorted = found;
  std::ranges::nth_element(sorted, sorted.begin() + sorted.size() / 2);
  const double median = sorted[sorted.size() / 2];
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < found.size(); ++i) hash |= static_cast<std::uint64_t>(found[i] > median ? 1 : 0) << i;
  return hash;
}

Sketch sketch_of(const image::Image& picture) {
  static_assert(kHashSide == 2 * kSketchSide);
  const auto fine = boxes(picture, kHashSide);
  Sketch sketch{.rgb = {}, .hash = hash_of(fine)};
  for (std::size_t i = 0; i < sketch.rgb.size(); ++i) {
    const std::size_t c = i % 3, x = i / 3 % kSketchSide, y = i / 3 / kSketchSide;
    const auto at = [&](std::size_t dx, std::size_t dy) {
      return fine[3 * ((2 * y + dy) * kHashSide + 2 * x + dx) + c];
    };
    sketch.rgb[i] = static_cast<std::uint8_t>(std::lround((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4));
  }
  return sketch;
}

/// Sum of squared deviations from the mean of each channel.
double variation(const Sketch& sketch) {
  double total = 0;
  for (std::size_t c = 0; c < 3; ++c) {
    double sum = 0, squared = 0;
    for (std::size_t i = c; i < sketch.rgb.size(); i += 3) {
      sum += sketch.rgb[i];
      squared += sketch.rgb[i] * sketch.rgb[i];
    }
    total += squared - sum * sum / (kSketchSide * kSketchSide);
  }
  return total;
}

}  // namespace

Look look_at(const image::Image& picture) {
  GLIMPSE_ASSERT(picture.width > 0 && picture.height > 0);
  Sums sums;
  const int step_x = std::max(1, picture.width / kSampledSide), step_y = std::max(1, picture.height / kSampledSide);
  for (int y = step_y / 2; y < picture.height; y += step_y) {
    for (int x = step_x / 2; x < picture.width; x += step_x) sums.add(pixel(picture, x, y));
  }
  Look look;
  look.brightness = sums.luma / sums.count;
  look.contrast = std::sqrt(std::max(0.0, sums.squared / sums.count - look.brightness * look.brightness));
  look.saturation = sums.saturation / sums.count;
  look.colourful = sums.colourful / sums.count;
  look.greyscale = sums.coloured <= kGreyShare * sums.count;
  const auto most = std::ranges::max_element(sums.hues);
  if (look.colourful >= kColourfulShare && !look.greyscale) look.hue = static_cast<Hue>(most - sums.hues.begin());
  look.sketch = sketch_of(picture);
  return look;
}

int hash_distance(const Sketch& a, const Sketch& b) { return std::popcount(a.hash ^ b.hash); }

double sketch_difference(const Sketch& a, const Sketch& b) {
  double squared = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) {
    const double apart = static_cast<double>(a.rgb[i]) - b.rgb[i];
    squared += apart * apart;
  }
  // What rounding and an encoder's noise do to a flat picture is no difference: two grey levels a box.
  constexpr double kNoise = 4.0 * kSketchSide * kSketchSide * 3;
  return squared / (variation(a) + variation(b) + kNoise);
}

}  // namespace glimpse::analyze
