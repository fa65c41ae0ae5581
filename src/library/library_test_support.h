#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <random>
#include <vector>

#include "base/hash.h"
#include "library/records.h"

// What the tests of this room share: made-up pictures, models and vectors, all a function of a number.
namespace glimpse::library {

inline ModelFacts test_model(int dimension, const std::string& fingerprint = "f1") {
  return {"test/model", fingerprint, dimension, "/models/test"};
}

inline PictureFacts test_facts(RootId root, std::filesystem::path name, std::uint64_t seed) {
  return {root,
          std::move(name),
          {1000 + seed, static_cast<std::int64_t>(seed) * 1'000'000'000},
          {seed, ~seed},
          "jpeg",
          static_cast<int>(640 + seed % 100),
          480,
          1};
}

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

}  // namespace glimpse::library
