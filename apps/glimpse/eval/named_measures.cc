#include "eval/named_measures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace glimpse::app {
namespace {

using evaluate::Cutoffs;
using evaluate::Measures;

struct Kind {
  const char* key;
  const char* words;
  double (*value)(const Measures&, std::size_t cutoff);
};
constexpr std::array kAtCutoffs = {
    Kind{"recall", "recall", [](const Measures& m, std::size_t i) { return m.recall[i]; }},
    Kind{"hit_rate", "hit rate", [](const Measures& m, std::size_t i) { return m.hit_rate[i]; }},
    Kind{"precision", "precision", [](const Measures& m, std::size_t i) { return m.precision[i]; }},
    Kind{"ndcg", "nDCG", [](const Measures& m, std::size_t i) { return m.ndcg[i]; }},
};
constexpr std::array kWhole = {
    Kind{"mrr", "MRR", [](const Measures& m, std::size_t) { return m.reciprocal_rank; }},
    Kind{"map", "MAP", [](const Measures& m, std::size_t) { return m.average_precision; }},
};

}  // namespace

std::vector<NamedMeasure> named_measures(const Cutoffs& cutoffs) {
  std::vector<NamedMeasure> measures;
  for (const Kind& kind : kAtCutoffs) {
    for (std::size_t i = 0; i < cutoffs.size(); ++i) {
      measures.push_back({fmt::format("{}@{}", kind.key, cutoffs[i]), kind.value, i});
    }
  }
  for (const Kind& kind : kWhole) measures.push_back({kind.key, kind.value, 0});
  return measures;
}

NamedMeasure deciding_measure(const Cutoffs& cutoffs) {
  auto chosen = std::ranges::find(cutoffs, 10);
  if (chosen == cutoffs.end()) chosen = std::ranges::max_element(cutoffs);
  const auto cutoff = static_cast<std::size_t>(chosen - cutoffs.begin());
  return {fmt::format("ndcg@{}", cutoffs[cutoff]), kAtCutoffs.back().value, cutoff};
}

NamedMeasure precision_beside(const NamedMeasure& at) {
  const auto* precision = std::ranges::find(kAtCutoffs, std::string_view("precision"), &Kind::key);
  return {"precision" + at.name.substr(at.name.find('@')), precision->value, at.cutoff};
}

std::string in_words(const NamedMeasure& measure) {
  const auto at = std::min(measure.name.find('@'), measure.name.size());
  const std::string_view key(measure.name.data(), at);
  const auto replaced = [&](const Kind& kind) { return kind.words + measure.name.substr(at); };
  for (const Kind& kind : kAtCutoffs) {
    if (key == kind.key) return replaced(kind);
  }
  for (const Kind& kind : kWhole) {
    if (key == kind.key) return replaced(kind);
  }
  return measure.name;
}

}  // namespace glimpse::app
