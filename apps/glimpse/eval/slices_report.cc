#include "eval/slices_report.h"

#include <fmt/format.h>

#include "eval/named_measures.h"
#include "eval/report.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

using evaluate::Retrieval;
using evaluate::Slice;
using nlohmann::ordered_json;

ordered_json slice_json(const Slice& slice, const Retrieval& retrieval) {
  ordered_json json = {{"attribute", slice.attribute}};
  if (!slice.value.empty()) json["value"] = slice.value;
  json["queries"] = slice.queries.size();
  json["groups"] = slice.groups;
  json["trusted"] = slice.trusted();
  const auto part = part_of(retrieval, slice.queries);
  if (slice.value.empty()) {
    json.update(retrieval_json(part));
  } else {  // of which there are many
    const auto measure = deciding_measure(part.cutoffs);
    const auto interval = interval_of(part, measure);
    json.update(measures_json(part.mean, part.cutoffs));
    json["intervals"] = {{measure.name, {interval.low, interval.high}}};
  }
  return json;
}

}  // namespace

Slices slices_of(const Retrieval& retrieval, const evaluate::GroundTruth& truth) {
  const auto attributes = attributes_of_queries(retrieval, truth);
  return {slices_by_attribute(retrieval, attributes), slices_by_value(retrieval, attributes)};
}

ordered_json slices_json(const Slices& slices, const Retrieval& retrieval) {
  ordered_json json = ordered_json::array();
  for (const Slice& slice : slices.attributes) json.push_back(slice_json(slice, retrieval));
  for (const Slice& slice : slices.values) json.push_back(slice_json(slice, retrieval));
  return json;
}

std::string slices_table(const Slices& slices, const Retrieval& retrieval) {
  std::string text;
  const auto measure = deciding_measure(retrieval.cutoffs);
  for (const Slice& slice : slices.attributes) {
    const auto interval = interval_of(part_of(retrieval, slice.queries), measure);
    text += fmt::format("  {:<13} {:.3f}  ({:.3f} to {:.3f})  {} queries{}\n", slice.attribute, interval.mean,
                        interval.low, interval.high, human_count(static_cast<std::int64_t>(slice.queries.size())),
                        slice.trusted() ? "" : ", too few to trust");
  }
  return text;
}

}  // namespace glimpse::app
