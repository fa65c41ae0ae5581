#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "index/exact_rows.h"
#include "index/simd.h"

namespace glimpse::index {

/// Normally distributed, then divided by its norm.
inline std::vector<float> unit_vector(std::size_t dimension, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> vector(dimension);
  double square = 0;
  for (float& value : vector) {
    value = normal(random);
    square += double{value} * double{value};
  }
  for (float& value : vector) value = static_cast<float>(double{value} / std::sqrt(square));
  return vector;
}

/// Unit vectors around seeded centres (about 100 a centre), as pictures of like things lie; ids from 1.
struct Clustered {
  Clustered(std::size_t dimension_in, std::size_t count, std::uint64_t seed) : dimension(dimension_in) {
    std::mt19937_64 random(seed);
    std::vector<std::vector<float>> centres;
    for (std::size_t i = 0; i < count / 100 + 1; ++i) centres.push_back(unit_vector(dimension, random()));
    for (std::size_t i = 0; i < count; ++i) {
      ids.push_back({static_cast<std::int64_t>(i + 1)});
      const auto row = near(centres[random() % centres.size()], random());
      rows.insert(rows.end(), row.begin(), row.end());
    }
  }

  /// A unit vector as far from `centre` as rows are from theirs.
  std::vector<float> near(const std::vector<float>& centre, std::uint64_t seed) const {
    constexpr float kSpread = 0.6f;
    auto vector = unit_vector(dimension, seed);
    float square = 0;
    for (std::size_t d = 0; d < dimension; ++d) {
      vector[d] = centre[d] + kSpread * vector[d];
      square += vector[d] * vector[d];
    }
    for (float& value : vector) value /= std::sqrt(square);
    return vector;
  }

  std::vector<float> row(std::size_t i) const {
    const auto first = rows.begin() + static_cast<std::ptrdiff_t>(i * dimension);
    return {first, first + static_cast<std::ptrdiff_t>(dimension)};
  }
  std::vector<float> near_row(std::size_t i) const { return near(row(i % ids.size()), i); }

  std::size_t dimension;
  std::vector<ImageId> ids;
  std::vector<float> rows;
};

/// Exact rows in memory; row i has id i + 1.
class HalvesInMemory : public ExactRows {
 public:
  HalvesInMemory(std::size_t dimension, std::span<const float> rows) : dimension_(dimension), halves_(rows.size()) {
    kernels_for(best_simd_level()).to_half(rows.data(), halves_.data(), rows.size());
  }
  Result<void> read(std::span<const ImageId> ids, const Visit& visit) const override {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto row = static_cast<std::size_t>(ids[i].value - 1);
      if (row < halves_.size() / dimension_) visit(i, std::span(halves_).subspan(row * dimension_, dimension_));
    }
    return {};
  }

 private:
  std::size_t dimension_;
  std::vector<std::uint16_t> halves_;
};

}  // namespace glimpse::index
