#pragma once

#include <optional>
#include <span>
#include <vector>

#include "evaluate/measures.h"

namespace glimpse::evaluate {

/// How far the judgments of one query reach, and what they say where they do. Vectors have one value a cutoff K.
///
/// A picture that nobody judged counts as wrong in Measures: a better model that finds new right ones looks worse.
/// These say how much that may matter, and measure without the holes.
struct JudgedMeasures {
  std::vector<double> judged;  ///< Share of the first K (of all, where fewer were found) that somebody judged.
  /// Relevant ones among the judged of the first K; nothing where none of them was judged.
  std::vector<std::optional<double>> precision;
  std::vector<double> ndcg;  ///< Graded nDCG@K of the ranking with the unjudged taken out.
};

/// ranked: what is known of each found document, best first; nothing: nobody judged it. judged: all grades that the
/// query has. right_from: the lowest grade that is relevant. Source: Sakai 2007 (condensed lists); Lu, Moffat and
/// Culpepper 2016 (how much was judged).
JudgedMeasures measure_judged(std::span<const std::optional<int>> ranked, std::span<const int> judged,
                              const Cutoffs& cutoffs, int right_from = 1);

/// The mean of each value, of `precision` over the queries that have one; all zero, and nothing, for no queries.
JudgedMeasures mean(std::span<const JudgedMeasures> queries, const Cutoffs& cutoffs);

}  // namespace glimpse::evaluate
