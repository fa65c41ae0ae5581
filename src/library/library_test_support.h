#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <random>
#include <vector>

#include "base/hash.h"
#include "index/testing.h"
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

using index::unit_vector;

}  // namespace glimpse::library
