#include "evaluate/interval.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "base/assert.h"

namespace glimpse::evaluate {
namespace {

struct Cluster {
  double sum = 0;
  double count = 0;
};

std::vector<Cluster> cluster_sums(std::span<const double> values, std::span<const int> clusters) {
  std::vector<Cluster> sums;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t cluster = clusters.empty() ? i : static_cast<std::size_t>(clusters[i]);
    if (cluster >= sums.size()) sums.resize(cluster + 1);
    sums[cluster].sum += values[i];
    sums[cluster].count += 1;
  }
  return sums;
}

/// A number from 0 to `bound` - 1. Not std::uniform_int_distribution: that differs between standard libraries.
std::size_t below(std::mt19937_64& random, std::size_t bound) { return static_cast<std::size_t>(random() % bound); }

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

}  // namespace

Interval bootstrap_mean(std::span<const double> values, std::span<const int> clusters,
                        const BootstrapOptions& options) {
  GLIMPSE_ASSERT(clusters.empty() || clusters.size() == values.size());
  if (values.empty()) return {};
  const auto sums = cluster_sums(values, clusters);
  std::mt19937_64 random(options.seed);
  std::vector<double> means(static_cast<std::size_t>(options.resamples));
  for (double& mean : means) {
    Cluster drawn;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const Cluster& one = sums[below(random, sums.size())];
      drawn.sum += one.sum;
      drawn.count += one.count;
    }
    mean = drawn.count == 0 ? 0 : drawn.sum / drawn.count;
  }
  std::ranges::sort(means);
  const auto at = [&](double share) {
    return means[static_cast<std::size_t>(std::round(share * static_cast<double>(means.size() - 1)))];
  };
  const double tail = (1 - options.level) / 2;
  return {mean_of(values), at(tail), at(1 - tail)};
}

PairedDifference compare_paired(std::span<const double> before, std::span<const double> after,
                                std::span<const int> clusters, const BootstrapOptions& options) {
  GLIMPSE_ASSERT(before.size() == after.size());
  std::vector<double> differences(before.size());
  for (std::size_t i = 0; i < before.size(); ++i) differences[i] = after[i] - before[i];
  PairedDifference result{bootstrap_mean(differences, clusters, options)};
  const auto sums = cluster_sums(differences, clusters);
  double observed = 0;
  for (const Cluster& one : sums) observed += one.sum;
  std::mt19937_64 random(options.seed);
  int as_large = 0;
  for (int i = 0; i < options.resamples; ++i) {
    double sum = 0;
    for (const Cluster& one : sums) sum += (random() & 1) != 0 ? one.sum : -one.sum;
    as_large += std::abs(sum) >= std::abs(observed) - 1e-12 ? 1 : 0;
  }
  result.p_value = (as_large + 1.0) / (options.resamples + 1.0);
  return result;
}

}  // namespace glimpse::evaluate
