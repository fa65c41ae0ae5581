#pragma once

#include <cstdint>
#include <span>

namespace glimpse::evaluate {

/// A mean and where it lies with `level` confidence.
struct Interval {
  double mean = 0;
  double low = 0;
  double high = 0;
};

struct BootstrapOptions {
  int resamples = 2000;
  double level = 0.95;
  std::uint64_t seed = 1;
};

/// The mean of `values` with its percentile bootstrap interval. Values of one cluster are drawn together, as the
/// captions of one picture are no independent queries. clusters: for each value the number of its cluster, from 0 on
/// without gaps; empty: each value is a cluster of its own. The same seed gives the same interval. No values: all zero.
/// Source: Efron and Tibshirani 1993, chapter 13; Field and Welsh 2007 (clusters).
Interval bootstrap_mean(std::span<const double> values, std::span<const int> clusters,
                        const BootstrapOptions& options = {});

struct PairedDifference {
  Interval difference;  ///< Of `after` less `before`.
  double p_value = 1;   ///< Two-sided: how often chance alone would give as large a difference.
};

/// Compares two systems on the same queries: interval of the mean difference by the bootstrap above, p-value by random
/// exchange of before and after, a cluster at a time. Sizes must agree.
/// Source: Smucker, Allan and Carterette 2007 (randomization test of paired measures).
PairedDifference compare_paired(std::span<const double> before, std::span<const double> after,
                                std::span<const int> clusters, const BootstrapOptions& options = {});

}  // namespace glimpse::evaluate
