#pragma once

#include <cmath>
#include <vector>

namespace glimpse::models {

/// The pictures that the goldens of tiny models were made on, as tools/goldens/models.py's pattern(): [count, 3, size,
/// size].
inline std::vector<float> golden_pixels(int count, int size) {
  std::vector<float> pixels;
  for (int n = 0; n < count; ++n) {
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x) {
          const double wave = std::sin(0.05 * (n + 1) * x + 0.03 * (c + 1) * y + c + n);
          pixels.push_back(static_cast<float>(1.5 * wave * std::cos(0.011 * (n + 1) * y)));
        }
      }
    }
  }
  return pixels;
}

}  // namespace glimpse::models
