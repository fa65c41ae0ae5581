#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "analyze/vectors.h"

namespace glimpse::analyze {

struct KMeans {
  std::vector<std::size_t> assignment;  ///< For each row its centre.
  Matrix centres;                       ///< [k, dimension], unit rows.
  double distance = 0;                  ///< Mean of 1 - cosine to the own centre.
};

/// Spherical k-means: rows of unit norm, centres that are mean directions. The best of several starts by greedy
/// k-means++; the same seed gives the same answer, on any number of threads. 1 <= k <= rows. A centre that loses all
/// its rows takes the row that is furthest from its own. Source: Dhillon, Modha, "Concept Decompositions for Large
/// Sparse Text Data Using Clustering", 2001; Arthur, Vassilvitskii, "k-means++", 2007.
KMeans spherical_kmeans(const Matrix& rows, std::size_t k, std::uint64_t seed, int threads);

/// How far rows lie from their centres, for each number of clusters that was tried.
struct Elbow {
  std::vector<std::size_t> k;
  std::vector<double> distance;
  std::size_t chosen = 1;
};

/// Tries k = 1 … `most` and chooses the one whose point on the curve of distances lies furthest below the line from its
/// first to its last point: from there on, more clusters explain little more. 1 where there are fewer than 8 rows.
/// Source: Satopaa et al., "Finding a 'Kneedle' in a Haystack", 2011.
Elbow choose_k(const Matrix& rows, std::size_t most, std::uint64_t seed, int threads);

}  // namespace glimpse::analyze
