#include "evaluate/retrieval.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <limits>
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

/// All rows of `documents`, best first.
std::vector<std::size_t> order_of(std::span<const float> query, const Matrix& documents) {
  std::vector<float> scores(documents.rows());
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = inner_product(query, documents.row(i));
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(
      order, [&](std::size_t a, std::size_t b) { return scores[a] > scores[b] || (scores[a] == scores[b] && a > b); });
  return order;
}

QueryRanking measure_one(std::size_t query, std::vector<std::size_t> order, const Relevance& relevance,
                         const Cutoffs& cutoffs, std::size_t keep) {
  const auto& right = relevance.right[query];
  const std::vector<int> judged = relevance.grades.empty() || relevance.grades[query].empty()
                                      ? std::vector<int>(right.size(), 1)
                                      : relevance.grades[query];
  std::vector<int> grades(order.size());
  QueryRanking ranking{.query = query, .best = {}, .measures = {}};
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto place = std::ranges::lower_bound(right, order[rank]);
    if (place == right.end() || *place != order[rank]) continue;
    grades[rank] = judged[static_cast<std::size_t>(place - right.begin())];
    if (ranking.first_right == 0 && grades[rank] >= relevance.right_from) ranking.first_right = rank + 1;
  }
  ranking.measures = measure(grades, judged, cutoffs, relevance.right_from);
  order.resize(std::min(keep, order.size()));
  ranking.best = std::move(order);
  return ranking;
}

/// Calls work(i) for each number below `count`, in `threads` threads.
void in_threads(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(run);
  run();
}

/// Queries that have a right document.
std::vector<std::size_t> asked_of(const Relevance& relevance) {
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < relevance.right.size(); ++i) {
    if (!relevance.right[i].empty()) asked.push_back(i);
  }
  return asked;
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

/// What a text is called in files of TREC: by its name where it has one, else by its words.
const std::string& trec_name(const TruthText& text) { return text.id.empty() ? text.text : text.id; }

/// Fills in what follows from the queries.
Retrieval whole(std::vector<QueryRanking> queries, const Relevance& relevance, const Cutoffs& cutoffs) {
  Retrieval retrieval{.cutoffs = cutoffs, .queries = std::move(queries), .clusters = {}, .mean = {}};
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

}  // namespace

Relevance text_to_image(const GroundTruth& truth) {
  Relevance relevance{.right = {}, .clusters = {}, .right_from = truth.right_from};
  for (const TruthText& text : truth.texts) {
    relevance.right.push_back(text.pictures);
    relevance.grades.push_back(text.grades);
    if (truth.form == TruthForm::kQueries) continue;
    relevance.clusters.push_back(text.pictures.empty() ? 0 : static_cast<int>(text.pictures.front()));
  }
  return relevance;
}

Relevance image_to_text(const GroundTruth& truth) { return {truth.texts_of_pictures(), {}}; }

Retrieval rank_all(const Matrix& queries, const Matrix& documents, const Relevance& relevance, const Cutoffs& cutoffs,
                   std::size_t keep, int threads) {
  GLIMPSE_ASSERT(queries.dimension == documents.dimension && relevance.right.size() == queries.rows());
  const auto asked = asked_of(relevance);
  std::vector<QueryRanking> rankings(asked.size());
  in_threads(asked.size(), threads, [&](std::size_t i) {
    rankings[i] = measure_one(asked[i], order_of(queries.row(asked[i]), documents), relevance, cutoffs, keep);
  });
  return whole(std::move(rankings), relevance, cutoffs);
}

Retrieval measure_rankings(std::vector<std::vector<std::size_t>> rankings, const Relevance& relevance,
                           const Cutoffs& cutoffs, std::size_t keep) {
  GLIMPSE_ASSERT(relevance.right.size() == rankings.size());
  std::vector<QueryRanking> measured;
  for (const std::size_t query : asked_of(relevance)) {
    measured.push_back(measure_one(query, std::move(rankings[query]), relevance, cutoffs, keep));
  }
  return whole(std::move(measured), relevance, cutoffs);
}

std::vector<std::vector<std::size_t>> best_documents(const Matrix& queries, const Matrix& documents, std::size_t keep,
                                                     int threads) {
  std::vector<std::vector<std::size_t>> best(queries.rows());
  in_threads(best.size(), threads, [&](std::size_t i) {
    best[i] = order_of(queries.row(i), documents);
    best[i].resize(std::min(keep, best[i].size()));
  });
  return best;
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
  std::ranges::stable_sort(worst, std::greater(), [](const QueryRanking* query) {
    return query->first_right == 0 ? std::numeric_limits<std::size_t>::max() : query->first_right;
  });
  worst.resize(std::min(count, worst.size()));
  return worst;
}

Qrels qrels_of(const GroundTruth& truth) {
  Qrels qrels;
  for (const TruthText& text : truth.texts) {
    for (std::size_t i = 0; i < text.pictures.size(); ++i) {
      qrels[trec_name(text)][truth.pictures[text.pictures[i]].native()] = text.grades.empty() ? 1 : text.grades[i];
    }
  }
  return qrels;
}

Run run_of(const GroundTruth& truth, const Matrix& texts, const Matrix& pictures, std::size_t count) {
  Run run;
  for (std::size_t i = 0; i < truth.texts.size(); ++i) {
    auto& documents = run[trec_name(truth.texts[i])];
    for (std::size_t p = 0; p < pictures.rows(); ++p) {
      documents.push_back({truth.pictures[p].native(), double{inner_product(texts.row(i), pictures.row(p))}});
    }
    sort_as_trec_eval(documents);
    documents.resize(std::min(count, documents.size()));
  }
  return run;
}

}  // namespace glimpse::evaluate
