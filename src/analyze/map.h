#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "analyze/vectors.h"

namespace glimpse::analyze {

using MapPoint = std::array<double, 2>;

struct MapOptions {
  double perplexity = 30;  ///< About how many neighbours a row keeps near; cut to a third of the rows.
  int rounds = 500;
  std::uint64_t seed = 1;
  int threads = 1;
  std::function<bool()> cancelled = {};  ///< Asked between rounds; the layout so far is then returned.
};

/// Rows in a plane so that near ones stay near: their 32 principal components, laid out by exact t-SNE that starts from
/// the first two. Distances between far groups mean nothing. The same rows, seed and options give the same map, on any
/// number of threads. Memory 4 · rows², time rows² · rounds · some 2 ns: for at most a few thousand rows.
/// Source: van der Maaten, Hinton, "Visualizing Data using t-SNE", 2008; Kobak, Berens, "The art of using t-SNE for
/// single-cell transcriptomics", 2019 (start and learning rate).
std::vector<MapPoint> map_of(const Matrix& rows, const MapOptions& options = {});

}  // namespace glimpse::analyze
