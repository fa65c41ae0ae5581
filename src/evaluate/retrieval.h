#pragma once

#include <span>
#include <vector>

#include "evaluate/ground_truth.h"
#include "evaluate/interval.h"
#include "evaluate/measures.h"
#include "evaluate/ranking.h"

namespace glimpse::evaluate {

/// Vectors side by side: [rows, dimension] f32 row-major, each row of unit norm.
struct Matrix {
  std::size_t dimension = 0;
  std::vector<float> values;
  std::size_t rows() const { return dimension == 0 ? 0 : values.size() / dimension; }
  std::span<const float> row(std::size_t i) const { return {values.data() + i * dimension, dimension}; }
};

/// Which side asks and which is searched.
struct Relevance {
  /// For each query the right documents, as row numbers, ascending. None: the query is left out.
  std::vector<std::vector<std::size_t>> right;
  /// For each query what it hangs together with (the picture that its caption describes), numbered from 0 without
  /// gaps; empty: every query stands alone.
  std::vector<int> clusters;
  /// For each query the grade of each right document, 1 and above; empty: all 1.
  std::vector<std::vector<int>> grades = {};
  int right_from = 1;  ///< The lowest grade that counts as right.
};

/// Texts that look for pictures, clustered by the first picture that they are right for (queries of a query file stand
/// alone); and pictures that look for texts.
Relevance text_to_image(const GroundTruth& truth);
Relevance image_to_text(const GroundTruth& truth);

struct QueryRanking {
  std::size_t query;
  std::vector<std::size_t> best;  ///< Row numbers of the first documents, best first.
  std::size_t first_right = 0;    ///< Rank, from 1, of the best right document; 0: none was returned.
  Measures measures;
};

struct Retrieval {
  Cutoffs cutoffs;
  std::vector<QueryRanking> queries;
  std::vector<int> clusters;  ///< Of `queries`, numbered anew.
  Measures mean;
};

/// Ranks all documents for each query by inner product; equal scores in the order of rows, last first, so that ties
/// never flatter. `keep`: how many of the best to note down. Uses `threads` threads. Dimensions must agree.
Retrieval rank_all(const Matrix& queries, const Matrix& documents, const Relevance& relevance, const Cutoffs& cutoffs,
                   std::size_t keep, int threads);

/// The same of rankings that somebody else made: for each query row numbers, best first, each at most once. Right
/// documents that a ranking lacks count as not found (first_right 0).
Retrieval measure_rankings(std::vector<std::vector<std::size_t>> rankings, const Relevance& relevance,
                           const Cutoffs& cutoffs, std::size_t keep);

/// For each query the `keep` best documents, best first, in the order of rank_all.
std::vector<std::vector<std::size_t>> best_documents(const Matrix& queries, const Matrix& documents, std::size_t keep,
                                                     int threads);

/// The values of one measure over the queries, for intervals and comparisons.
std::vector<double> values_of(const Retrieval& retrieval, double (*measure)(const Measures&, std::size_t cutoff),
                              std::size_t cutoff);

/// The queries whose first right document comes latest, the latest first; before them those that lack it.
std::vector<const QueryRanking*> worst_queries(const Retrieval& retrieval, std::size_t count);

/// Text to image as TREC has it: the text asks under its id, else under its own words; a picture goes by its name.
Qrels qrels_of(const GroundTruth& truth);
/// The best `count` pictures of each text. A row of `texts` for each text, of `pictures` for each picture.
Run run_of(const GroundTruth& truth, const Matrix& texts, const Matrix& pictures, std::size_t count);

}  // namespace glimpse::evaluate
