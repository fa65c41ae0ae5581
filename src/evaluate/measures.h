#pragma once

#include <span>
#include <vector>

namespace glimpse::evaluate {

/// What a measure is taken at: precision@5, recall@5 and so on for each of these.
using Cutoffs = std::vector<int>;
inline const Cutoffs kUsualCutoffs = {1, 5, 10};

/// How well one query was answered; every value is between 0 and 1. Vectors have one value a cutoff K.
///
/// Recall has two meanings in the field. `recall` is the share of all relevant documents that are among the first K
/// (trec_eval's recall_K). `hit_rate` is 1 when at least one is (trec_eval's success_K; the "recall@K" of
/// CLIP_benchmark and of most papers on retrieval by captions). They are equal where a query has one relevant document.
struct Measures {
  std::vector<double> precision;    ///< Relevant ones among the first K, divided by K, however many were returned.
  std::vector<double> recall;       ///< Share of the relevant that are among the first K; 0 when none is relevant.
  std::vector<double> hit_rate;     ///< 1 when one of the first K is relevant.
  std::vector<double> ndcg;         ///< Graded: the gain is the grade, the discount log2(rank + 1).
  std::vector<double> ndcg_binary;  ///< The same with 1 for every relevant grade.
  double average_precision = 0;  ///< Precision at each relevant rank, summed, divided by the relevant; MAP is its mean.
  double reciprocal_rank = 0;    ///< 1 / rank of the first relevant; 0 when none was returned.
};

/// ranked: the grade of each returned document, best first (0 where it was not judged). judged: all grades that the
/// query has, in any order. Cutoffs: above 0. Equal to trec_eval's P, recall, success, ndcg_cut, map and recip_rank
/// when `ranked` is in its order (ranking.h). right_from: the lowest grade that is relevant, 1 or above (trec_eval -l);
/// `ndcg` has every grade for a gain whatever it is. Cost: sorts `judged`.
/// Source: Järvelin and Kekäläinen 2002 (nDCG, with trec_eval's discount from the first rank on); trec_eval 9,
/// m_ndcg_cut.c, m_map.c.
Measures measure(std::span<const int> ranked, std::span<const int> judged, const Cutoffs& cutoffs, int right_from = 1);

/// The mean of each value; all zero for no queries.
Measures mean(std::span<const Measures> queries, const Cutoffs& cutoffs);

}  // namespace glimpse::evaluate
