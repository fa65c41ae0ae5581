#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "analyze/captions.h"
#include "analyze/kmeans.h"

namespace glimpse::analyze {

struct Cluster {
  std::vector<std::size_t> members;  ///< Pictures, the most central first.
  std::vector<std::string> words;    ///< That set its captions apart; empty without captions.
  double tightness = 0;              ///< Mean cosine of its members to its centre.
};

struct Clustering {
  std::vector<Cluster> clusters;        ///< The largest first.
  std::vector<std::size_t> assignment;  ///< For each picture its cluster.
  Elbow elbow;                          ///< Empty where the number of clusters was given.
};

/// The number of clusters is looked for among at most this many pictures, evenly spread, and up to this number.
inline constexpr std::size_t kMostForElbow = 2'000, kMostClusters = 24;

/// Groups pictures that the model sees alike. k: how many clusters; 0: chosen (choose_k). `captions`: to name them by;
/// may be null.
Clustering cluster(const Matrix& pictures, std::size_t k, const CaptionSet* captions, std::uint64_t seed, int threads);

/// "dog, grass, running", or "group 3" for one without words.
std::string name_of(const Cluster& cluster, std::size_t number);

}  // namespace glimpse::analyze
