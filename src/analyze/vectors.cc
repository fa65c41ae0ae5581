#include "analyze/vectors.h"

#include <numeric>

namespace glimpse::analyze {

float dot(std::span<const float> a, std::span<const float> b) {
  constexpr std::size_t kLanes = 16;  // side by side, for vector registers
  float sums[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  float sum = std::accumulate(sums, sums + kLanes, 0.0f);
  for (; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

std::vector<std::size_t> evenly(std::size_t count, std::size_t most) {
  std::vector<std::size_t> chosen(std::min(count, most));
  for (std::size_t i = 0; i < chosen.size(); ++i) chosen[i] = i * count / chosen.size();
  return chosen;
}

Matrix rows_of(const Matrix& matrix, std::span<const std::size_t> rows) {
  Matrix chosen{.dimension = matrix.dimension, .values = {}};
  chosen.values.reserve(rows.size() * matrix.dimension);
  for (const std::size_t row : rows) {
    const auto values = matrix.row(row);
    chosen.values.insert(chosen.values.end(), values.begin(), values.end());
  }
  return chosen;
}

std::uint64_t Random::bits() {
  std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

}  // namespace glimpse::analyze
