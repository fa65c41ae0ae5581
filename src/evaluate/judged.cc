#include "evaluate/judged.h"

#include <algorithm>

namespace glimpse::evaluate {

JudgedMeasures measure_judged(std::span<const std::optional<int>> ranked, std::span<const int> judged,
                              const Cutoffs& cutoffs, int right_from) {
  std::vector<int> condensed;
  for (const auto& grade : ranked) {
    if (grade) condensed.push_back(*grade);
  }
  JudgedMeasures measures;
  measures.ndcg = measure(condensed, judged, cutoffs).ndcg;
  for (const int cutoff : cutoffs) {
    const auto first = ranked.first(std::min(ranked.size(), static_cast<std::size_t>(cutoff)));
    const auto known = std::ranges::count_if(first, [](const auto& grade) { return grade.has_value(); });
    const auto right = std::ranges::count_if(first, [&](const auto& grade) { return grade.value_or(0) >= right_from; });
    measures.judged.push_back(first.empty() ? 0 : static_cast<double>(known) / static_cast<double>(first.size()));
    measures.precision.push_back(known == 0 ? std::nullopt
                                            : std::optional(static_cast<double>(right) / static_cast<double>(known)));
  }
  return measures;
}

JudgedMeasures mean(std::span<const JudgedMeasures> queries, const Cutoffs& cutoffs) {
  JudgedMeasures mean;
  const double count = std::max<double>(1, static_cast<double>(queries.size()));
  for (std::size_t i = 0; i < cutoffs.size(); ++i) {
    double judged = 0, ndcg = 0, precision = 0, precise = 0;
    for (const auto& query : queries) {
      judged += query.judged[i];
      ndcg += query.ndcg[i];
      precision += query.precision[i].value_or(0);
      precise += query.precision[i] ? 1 : 0;
    }
    mean.judged.push_back(judged / count);
    mean.ndcg.push_back(ndcg / count);
    mean.precision.push_back(precise == 0 ? std::nullopt : std::optional(precision / precise));
  }
  return mean;
}

}  // namespace glimpse::evaluate
