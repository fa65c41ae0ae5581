#pragma once

#include <cstddef>
#include <vector>

#include "analyze/duplicates.h"
#include "analyze/vectors.h"

namespace glimpse::analyze {

/// Two pictures and the cosine of their vectors.
struct Pair {
  std::size_t first, second;
  double similarity;
};

/// Compared with each other are at most this many pictures, evenly spread.
inline constexpr std::size_t kMostCompared = 10'000;

/// The `keep` most similar pairs of pictures that are no copies of each other (`originals`, see duplicates.h) and have
/// a cosine of `least` or more, most similar first; a picture is in at most one pair. A pair is a picture and its
/// nearest other.
std::vector<Pair> closest_pairs(const Matrix& pictures, const std::vector<std::size_t>& originals, double least,
                                std::size_t keep, int threads);

}  // namespace glimpse::analyze
