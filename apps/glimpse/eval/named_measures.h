#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "evaluate/measures.h"
#include "evaluate/retrieval.h"

namespace glimpse::app {

/// A measure by its key in JSON: "recall@10", "mrr".
struct NamedMeasure {
  std::string name;
  double (*value)(const evaluate::Measures&, std::size_t cutoff);
  std::size_t cutoff;  ///< Number of the cutoff; 0 where there is none.

  double of(const evaluate::Measures& measures) const { return value(measures, cutoff); }
  /// Of each query.
  std::vector<double> of(const evaluate::Retrieval& retrieval) const { return values_of(retrieval, value, cutoff); }
};

/// All that are reported, in their order.
std::vector<NamedMeasure> named_measures(const evaluate::Cutoffs& cutoffs);

/// The one that a verdict is given by: nDCG at 10, or at the largest cutoff where 10 is none.
NamedMeasure deciding_measure(const evaluate::Cutoffs& cutoffs);

/// Precision at the cutoff of `at`, which has one: what people can count.
NamedMeasure precision_beside(const NamedMeasure& at);

/// As people read it: "ndcg@10" → "nDCG@10".
std::string in_words(const NamedMeasure& measure);

}  // namespace glimpse::app
