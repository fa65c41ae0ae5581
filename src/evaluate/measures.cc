#include "evaluate/measures.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>

namespace glimpse::evaluate {
namespace {

/// Discounted cumulative gain of the first `count` ranks; only grades from `least` on gain.
double discounted_gain(std::span<const int> grades, std::size_t count, int least, bool binary) {
  double sum = 0;
  for (std::size_t i = 0; i < std::min(count, grades.size()); ++i) {
    if (grades[i] < least) continue;
    sum += (binary ? 1.0 : grades[i]) / std::log2(static_cast<double>(i) + 2);
  }
  return sum;
}

double normalized(std::span<const int> ranked, std::span<const int> ideal, std::size_t count, int least, bool binary) {
  const double best = discounted_gain(ideal, count, least, binary);
  return best > 0 ? discounted_gain(ranked, count, least, binary) / best : 0;
}

double ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

template <typename F>
void for_each_value(Measures& into, const Measures& from, F&& combine) {
  const auto all = [&](std::vector<double>& a, const std::vector<double>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) combine(a[i], b[i]);
  };
  all(into.precision, from.precision);
  all(into.recall, from.recall);
  all(into.hit_rate, from.hit_rate);
  all(into.ndcg, from.ndcg);
  all(into.ndcg_binary, from.ndcg_binary);
  combine(into.average_precision, from.average_precision);
  combine(into.reciprocal_rank, from.reciprocal_rank);
}

}  // namespace

Measures measure(std::span<const int> ranked, std::span<const int> judged, const Cutoffs& cutoffs, int right_from) {
  const auto relevant = [right_from](int grade) { return grade >= right_from; };
  std::vector<int> ideal(judged.begin(), judged.end());
  std::ranges::sort(ideal, std::greater());
  const auto all = static_cast<std::size_t>(std::ranges::count_if(ideal, relevant));
  Measures result;
  for (const int cutoff : cutoffs) {
    const auto count = static_cast<std::size_t>(cutoff);
    const auto found =
        static_cast<std::size_t>(std::ranges::count_if(ranked.first(std::min(count, ranked.size())), relevant));
    result.precision.push_back(ratio(found, count));
    result.recall.push_back(ratio(found, all));
    result.hit_rate.push_back(found > 0 ? 1 : 0);
    result.ndcg.push_back(normalized(ranked, ideal, count, 1, false));
    result.ndcg_binary.push_back(normalized(ranked, ideal, count, right_from, true));
  }
  std::size_t found = 0;
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    if (!relevant(ranked[i])) continue;
    ++found;
    result.average_precision += ratio(found, i + 1);
    if (found == 1) result.reciprocal_rank = ratio(1, i + 1);
  }
  result.average_precision = all == 0 ? 0 : result.average_precision / static_cast<double>(all);
  return result;
}

Measures mean(std::span<const Measures> queries, const Cutoffs& cutoffs) {
  const std::vector<double> zeros(cutoffs.size(), 0);
  Measures sum{zeros, zeros, zeros, zeros, zeros, 0, 0};
  for (const Measures& query : queries) for_each_value(sum, query, [](double& a, double b) { a += b; });
  if (queries.empty()) return sum;
  const auto count = static_cast<double>(queries.size());
  for_each_value(sum, Measures(sum), [&](double& a, double) { a /= count; });
  return sum;
}

}  // namespace glimpse::evaluate
