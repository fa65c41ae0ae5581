#include "eval/report.h"

#include <fmt/format.h>

#include <array>

#include "evaluate/interval.h"

namespace glimpse::app {
namespace {

using evaluate::Cutoffs;
using evaluate::Measures;

/// A measure that is taken at cutoffs, by its key in JSON.
struct AtCutoff {
  const char* key;
  double (*value)(const Measures&, std::size_t cutoff);
};
constexpr std::array kAtCutoffs = {
    AtCutoff{"recall", [](const Measures& m, std::size_t i) { return m.recall[i]; }},
    AtCutoff{"hit_rate", [](const Measures& m, std::size_t i) { return m.hit_rate[i]; }},
    AtCutoff{"precision", [](const Measures& m, std::size_t i) { return m.precision[i]; }},
    AtCutoff{"ndcg", [](const Measures& m, std::size_t i) { return m.ndcg[i]; }},
};
constexpr std::array kWhole = {
    AtCutoff{"mrr", [](const Measures& m, std::size_t) { return m.reciprocal_rank; }},
    AtCutoff{"map", [](const Measures& m, std::size_t) { return m.average_precision; }},
};

/// Calls visit(name, measure, cutoff's number) for every value that is reported.
template <typename Visit>
void for_each_measure(const Cutoffs& cutoffs, const Visit& visit) {
  for (const AtCutoff& measure : kAtCutoffs) {
    for (std::size_t i = 0; i < cutoffs.size(); ++i) visit(fmt::format("{}@{}", measure.key, cutoffs[i]), measure, i);
  }
  for (const AtCutoff& measure : kWhole) visit(std::string(measure.key), measure, std::size_t{0});
}

evaluate::Interval interval_of(const evaluate::Retrieval& retrieval, const AtCutoff& measure, std::size_t cutoff) {
  return evaluate::bootstrap_mean(values_of(retrieval, measure.value, cutoff), retrieval.clusters);
}

}  // namespace

nlohmann::ordered_json measures_json(const Measures& measures, const Cutoffs& cutoffs) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for_each_measure(cutoffs, [&](const std::string& name, const AtCutoff& measure, std::size_t cutoff) {
    json[name] = measure.value(measures, cutoff);
  });
  return json;
}

nlohmann::ordered_json retrieval_json(const evaluate::Retrieval& retrieval) {
  auto json = measures_json(retrieval.mean, retrieval.cutoffs);
  nlohmann::ordered_json intervals = nlohmann::ordered_json::object();
  for_each_measure(retrieval.cutoffs, [&](const std::string& name, const AtCutoff& measure, std::size_t cutoff) {
    const auto interval = interval_of(retrieval, measure, cutoff);
    intervals[name] = {interval.low, interval.high};
  });
  json["intervals"] = std::move(intervals);
  return json;
}

std::string measures_table(const Measures& measures, const Cutoffs& cutoffs) {
  std::string text;
  for_each_measure(cutoffs, [&](const std::string& name, const AtCutoff& measure, std::size_t cutoff) {
    text += fmt::format("  {:<13} {:.4f}\n", name, measure.value(measures, cutoff));
  });
  return text;
}

std::string retrieval_table(const evaluate::Retrieval& retrieval) {
  std::string text;
  for_each_measure(retrieval.cutoffs, [&](const std::string& name, const AtCutoff& measure, std::size_t cutoff) {
    const auto interval = interval_of(retrieval, measure, cutoff);
    text += fmt::format("  {:<13} {:.3f}  ({:.3f} to {:.3f})\n", name, interval.mean, interval.low, interval.high);
  });
  return text;
}

}  // namespace glimpse::app
