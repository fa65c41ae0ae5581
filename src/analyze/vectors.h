#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "evaluate/retrieval.h"

namespace glimpse::analyze {

using evaluate::Matrix;

/// Of equal length.
float dot(std::span<const float> a, std::span<const float> b);

/// At most `most` of the numbers below `count`, evenly spread, ascending.
std::vector<std::size_t> evenly(std::size_t count, std::size_t most);

Matrix rows_of(const Matrix& matrix, std::span<const std::size_t> rows);

/// Random numbers that are the same on every machine. Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number
/// Generators", 2014 (SplitMix64).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t bits();
  /// 0 <= value < 1.
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }
  /// Below `count`, which is not 0.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(uniform() * static_cast<double>(count)); }

 private:
  std::uint64_t state_;
};

}  // namespace glimpse::analyze
