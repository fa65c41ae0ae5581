#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "eval/named_measures.h"
#include "evaluate/interval.h"
#include "evaluate/retrieval.h"
#include "evaluate/trec.h"

namespace glimpse::app {

/// {"recall@1": …, "hit_rate@1": …, "precision@5": …, "ndcg@10": …, "mrr": …, "map": …}: documented in
/// docs/evaluation.md.
nlohmann::ordered_json measures_json(const evaluate::Measures& measures, const evaluate::Cutoffs& cutoffs);

/// The mean with its 95 % interval.
evaluate::Interval interval_of(const evaluate::Retrieval& retrieval, const NamedMeasure& measure);

/// The same of a retrieval, with "intervals": for each key the 95 % interval as [low, high].
nlohmann::ordered_json retrieval_json(const evaluate::Retrieval& retrieval);

/// A line a measure, a column a cutoff.
std::string measures_table(const evaluate::Measures& measures, const evaluate::Cutoffs& cutoffs);
/// The same with intervals.
std::string retrieval_table(const evaluate::Retrieval& retrieval);

}  // namespace glimpse::app
