#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <span>

#include "analyze/pictures.h"
#include "analyze/vectors.h"
#include "image/image.h"

// For this room's tests: pictures and vectors whose answer is known.
namespace glimpse::analyze {

using Rgb = std::array<std::uint8_t, 3>;

inline image::Image painted(int width, int height, const std::function<Rgb(int x, int y)>& colour) {
  image::Image picture{.width = width, .height = height, .rgb = {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (const std::uint8_t channel : colour(x, y)) picture.rgb.push_back(channel);
    }
  }
  return picture;
}

inline image::Image plain(int width, int height, Rgb colour) {
  return painted(width, height, [&](int, int) { return colour; });
}

/// A smooth scene, another one for each seed.
inline image::Image scene(int width, int height, std::uint64_t seed) {
  Random random(seed);
  std::array<std::array<double, 4>, 12> waves;
  for (auto& wave : waves)
    wave = {random.uniform() * 7, random.uniform() * 7, random.uniform() * 6.3, random.uniform()};
  return painted(width, height, [&](int x, int y) {
    Rgb colour;
    for (std::size_t c = 0; c < 3; ++c) {
      double sum = 0;
      for (std::size_t i = 0; i < 4; ++i) {
        const auto& [a, b, phase, weight] = waves[4 * c + i];
        sum += weight * std::sin(2 * std::numbers::pi * (a * x / width + b * y / height) / 2 + phase);
      }
      colour[c] = static_cast<std::uint8_t>(std::clamp(128 + 60 * sum, 0.0, 255.0));
    }
    return colour;
  });
}

inline PictureFacts facts_of(const image::Image& picture, std::uint64_t content) {
  return {.name = "p" + std::to_string(content),
          .content = {content, 0},
          .width = picture.width,
          .height = picture.height,
          .look = look_at(picture)};
}

/// `groups` directions of `dimension`, and `each` unit vectors around each of them, group after group.
inline Matrix planted(std::size_t groups, std::size_t each, std::size_t dimension, double spread, std::uint64_t seed) {
  Random random(seed);
  const auto normal = [&] {
    return std::sqrt(-2 * std::log(1 - random.uniform())) * std::cos(2 * std::numbers::pi * random.uniform());
  };
  Matrix rows{.dimension = dimension, .values = {}};
  for (std::size_t g = 0; g < groups; ++g) {
    std::vector<double> centre(dimension);
    for (double& value : centre) value = normal();
    for (std::size_t i = 0; i < each; ++i) {
      std::vector<double> row(dimension);
      double squared = 0;
      for (std::size_t d = 0; d < dimension; ++d) {
        row[d] = centre[d] + spread * normal();
        squared += row[d] * row[d];
      }
      for (const double value : row) rows.values.push_back(static_cast<float>(value / std::sqrt(squared)));
    }
  }
  return rows;
}

}  // namespace glimpse::analyze
