#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "evaluate/interval.h"

namespace glimpse::evaluate {

/// Two systems' values of one measure on the same queries.
struct Comparison {
  double before = 0, after = 0;  ///< Means.
  PairedDifference paired;       ///< Of `after` less `before`.
  double standard_error = 0;     ///< Of the mean difference, by groups.
  std::size_t queries = 0;
  std::size_t groups = 0;                      ///< Independent ones; equal to `queries` where each stands alone.
  std::size_t wins = 0, losses = 0, ties = 0;  ///< Queries that `after` answers better, worse, equally well.
};

/// Sizes must agree. clusters: as bootstrap_mean takes them.
Comparison compare(std::span<const double> before, std::span<const double> after, std::span<const int> clusters,
                   const BootstrapOptions& options = {});

enum class Outcome {
  kBetter,        ///< `after` is better: p below 0.05, and the 95 % interval above 0.
  kWorse,         ///< The same the other way.
  kNoDifference,  ///< None that this data can show.
  kEqual,         ///< No query was answered better or worse.
};
/// "better", "worse", "no difference", "equal": as --json has it.
std::string_view name_of(Outcome outcome);
Outcome outcome_of(const Comparison& comparison);

/// How many queries more of the same kind would show a difference of the size that was seen, in four of five trials, at
/// the 5 % level. None where no difference was seen, or where there is nothing to compare.
/// Source: Cohen 1988, chapter 2 (paired differences: n = ((z_0.975 + z_0.8) · deviation / difference)^2).
std::optional<std::size_t> more_queries_needed(const Comparison& comparison);

/// "+0.031", "-0.031", and "+0.000" for all that is rounded to it.
std::string signed_difference(double value);

/// "p = 0.021", "p < 0.001".
std::string p_in_words(double p);

/// "B is better: nDCG@10 +0.031 [0.012, 0.050], p = 0.002"; or "no difference that this data can show: …; about 1,200
/// more queries would be needed", or where that is past all reason "…; if there is one, it is at most 0.002".
std::string verdict(const Comparison& comparison, std::string_view measure, std::string_view before,
                    std::string_view after);

}  // namespace glimpse::evaluate
