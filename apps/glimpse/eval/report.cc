#include "eval/report.h"

#include <fmt/format.h>

#include "eval/named_measures.h"
#include "evaluate/interval.h"

namespace glimpse::app {

using evaluate::Cutoffs;
using evaluate::Measures;

evaluate::Interval interval_of(const evaluate::Retrieval& retrieval, const NamedMeasure& measure) {
  return evaluate::bootstrap_mean(measure.of(retrieval), retrieval.clusters);
}

nlohmann::ordered_json measures_json(const Measures& measures, const Cutoffs& cutoffs) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& measure : named_measures(cutoffs)) json[measure.name] = measure.of(measures);
  return json;
}

nlohmann::ordered_json retrieval_json(const evaluate::Retrieval& retrieval) {
  auto json = measures_json(retrieval.mean, retrieval.cutoffs);
  nlohmann::ordered_json intervals = nlohmann::ordered_json::object();
  for (const auto& measure : named_measures(retrieval.cutoffs)) {
    const auto interval = interval_of(retrieval, measure);
    intervals[measure.name] = {interval.low, interval.high};
  }
  json["intervals"] = std::move(intervals);
  return json;
}

std::string measures_table(const Measures& measures, const Cutoffs& cutoffs) {
  std::string text;
  for (const auto& measure : named_measures(cutoffs)) {
    text += fmt::format("  {:<13} {:.4f}\n", measure.name, measure.of(measures));
  }
  return text;
}

std::string retrieval_table(const evaluate::Retrieval& retrieval) {
  std::string text;
  for (const auto& measure : named_measures(retrieval.cutoffs)) {
    const auto interval = interval_of(retrieval, measure);
    text +=
        fmt::format("  {:<13} {:.3f}  ({:.3f} to {:.3f})\n", measure.name, interval.mean, interval.low, interval.high);
  }
  return text;
}

}  // namespace glimpse::app
