#include "evaluate/retrieval.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <numeric>
#include <thread>
#include <unordered_map>

#include "base/assert.h"

namespace glimpse::evaluate {
namespace {

/// Four sums side by side, so that the compiler can keep them in vector registers.
float inner_product(std::span<const float> a, std::span<const float> b) {
  constexpr std::size_t kLanes = 16;
  float sums[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  float sum = std::accumulate(sums, sums + kLanes, 0.0f);
  for (; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

QueryRanking rank_one(std::size_t query, std::span<const float> vector, const Matrix& documents,
                      const std::vector<std::size_t>& right, const Cutoffs& cutoffs, std::size_t keep) {
  std::vector<float> scores(documents.rows());
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = inner_product(vector, documents.row(i));
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(
      order, [&](std::size_t a, std::size_t b) { return scores[a] > scores[b] || (scores[a] == scores[b] && a > b); });
  std::vector<int> grades(order.size());
  QueryRanking ranking{.query = query, .best = {}, .measures = {}};
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    grades[rank] = std::ranges::binary_search(right, order[rank]) ? 1 : 0;
    if (grades[rank] == 1 && ranking.first_right == 0) ranking.first_right = rank + 1;
  }
  const std::vector<int> judged(right.size(), 1);
  ranking.measures = measure(grades, judged, cutoffs);
  order.resize(std::min(keep, order.size()));
  ranking.best = std::move(order);
  return ranking;
}

/// The same clusters, numbered from 0 without gaps.
std::vector<int> renumbered(const std::vector<int>& clusters) {
  std::unordered_map<int, int> numbers;
  std::vector<int> renumbered;
  for (const int cluster : clusters) {
    renumbered.push_back(numbers.try_emplace(cluster, static_cast<int>(numbers.size())).first->second);
  }
  return renumbered;
}

}  // namespace

Relevance text_to_image(const GroundTruth& truth) {
  Relevance relevance;
  for (const TruthText& text : truth.texts) {
    relevance.right.push_back(text.pictures);
    relevance.clusters.push_back(text.pictures.empty() ? 0 : static_cast<int>(text.pictures.front()));
  }
  return relevance;
}

Relevance image_to_text(const GroundTruth& truth) { return {truth.texts_of_pictures(), {}}; }

Retrieval rank_all(const Matrix& queries, const Matrix& documents, const Relevance& relevance, const Cutoffs& cutoffs,
                   std::size_t keep, int threads) {
  GLIMPSE_ASSERT(queries.dimension == documents.dimension && relevance.right.size() == queries.rows());
  Retrieval retrieval{.cutoffs = cutoffs, .queries = {}, .clusters = {}, .mean = {}};
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < relevance.right.size(); ++i) {
    if (!relevance.right[i].empty()) asked.push_back(i);
  }
  retrieval.queries.resize(asked.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < asked.size(); i = next++) {
      retrieval.queries[i] =
          rank_one(asked[i], queries.row(asked[i]), documents, relevance.right[asked[i]], cutoffs, keep);
    }
  };
  {
    std::vector<std::jthread> others;
    for (int i = 1; i < threads; ++i) others.emplace_back(work);
    work();
  }
  std::vector<Measures> all;
  std::vector<int> clusters;
  for (const QueryRanking& query : retrieval.queries) {
    all.push_back(query.measures);
    if (!relevance.clusters.empty()) clusters.push_back(relevance.clusters[query.query]);
  }
  retrieval.clusters = renumbered(clusters);
  retrieval.mean = mean(all, cutoffs);
  return retrieval;
}

std::vector<double> values_of(const Retrieval& retrieval, double (*measure)(const Measures&, std::size_t cutoff),
                              std::size_t cutoff) {
  std::vector<double> values;
  for (const QueryRanking& query : retrieval.queries) values.push_back(measure(query.measures, cutoff));
  return values;
}

std::vector<const QueryRanking*> worst_queries(const Retrieval& retrieval, std::size_t count) {
  std::vector<const QueryRanking*> worst;
  for (const QueryRanking& query : retrieval.queries) worst.push_back(&query);
  std::ranges::stable_sort(worst, std::greater(), &QueryRanking::first_right);
  worst.resize(std::min(count, worst.size()));
  return worst;
}

Qrels qrels_of(const GroundTruth& truth) {
  Qrels qrels;
  for (const TruthText& text : truth.texts) {
    for (const std::size_t picture : text.pictures) qrels[text.text][truth.pictures[picture].native()] = 1;
  }
  return qrels;
}

Run run_of(const GroundTruth& truth, const Matrix& texts, const Matrix& pictures, std::size_t count) {
  Run run;
  for (std::size_t i = 0; i < truth.texts.size(); ++i) {
    auto& documents = run[truth.texts[i].text];
    for (std::size_t p = 0; p < pictures.rows(); ++p) {
      documents.push_back({truth.pictures[p].native(), double{inner_product(texts.row(i), pictures.row(p))}});
    }
    sort_as_trec_eval(documents);
    documents.resize(std::min(count, documents.size()));
  }
  return run;
}

}  // namespace glimpse::evaluate
