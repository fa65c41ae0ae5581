#include "eval/page_tables.h"

#include <fmt/format.h>

#include "eval/named_measures.h"
#include "eval/report.h"
#include "report/bar_chart.h"
#include "report/table.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

using evaluate::Retrieval;
using evaluate::Slice;
using report::Align;

constexpr std::size_t kLeastOfAValue = 5;  // queries; below it a value is left to --json

std::vector<report::Markup> row_of(const Slice& slice, const Retrieval& retrieval, const NamedMeasure& measure) {
  const auto interval = interval_of(part_of(retrieval, slice.queries), measure);
  return {slice.value.empty() ? slice.attribute : fmt::format("{}: {}", slice.attribute, slice.value),
          human_count(static_cast<std::int64_t>(slice.queries.size())),
          human_count(static_cast<std::int64_t>(slice.groups)),
          three_decimals(interval.mean),
          range_in_words(interval),
          slice.trusted() ? "" : "too few to trust"};
}

report::Table slices_columns(const std::string& caption, const std::string& measure) {
  return {.caption = caption,
          .columns = {{"speaks of"},
                      {"queries", Align::kRight},
                      {"independent", Align::kRight},
                      {measure, Align::kRight},
                      {"95 % interval", Align::kRight},
                      {"remark"}},
          .rows = {}};
}

}  // namespace

std::string three_decimals(double value) { return fmt::format("{:.3f}", value); }

std::string range_in_words(const evaluate::Interval& interval) {
  return fmt::format("{:.3f} to {:.3f}", interval.low, interval.high);
}

report::Markup measures_block(const std::string& caption, const Retrieval& retrieval) {
  report::Table table{.caption = caption,
                      .columns = {{"measure"}, {"mean", Align::kRight}, {"95 % interval", Align::kRight}},
                      .rows = {}};
  for (const auto& measure : named_measures(retrieval.cutoffs)) {
    const auto interval = interval_of(retrieval, measure);
    table.rows.push_back({in_words(measure), three_decimals(interval.mean), range_in_words(interval)});
  }
  return report::table(table);
}

report::Section slices_section(const Slices& slices, const Retrieval& retrieval) {
  const auto measure = deciding_measure(retrieval.cutoffs);
  const auto words = in_words(measure);
  report::BarChart chart{.text = {.title = words + " by what the query speaks of",
                                  .summary = "A query is in every line whose words it has; longer is better.",
                                  .x_label = "speaks of",
                                  .y_label = words},
                         .bars = {}};
  auto whole = slices_columns("Attributes", words), single = slices_columns("Single words", words);
  for (const Slice& slice : slices.attributes) {
    const double mean = measure.of(part_of(retrieval, slice.queries).mean);
    chart.bars.push_back({slice.attribute, mean, three_decimals(mean)});
    whole.rows.push_back(row_of(slice, retrieval, measure));
  }
  for (const Slice& slice : slices.values) {
    if (slice.queries.size() >= kLeastOfAValue) single.rows.push_back(row_of(slice, retrieval, measure));
  }
  report::Section section{.heading = "By what the query speaks of",
                          .blocks = {report::columns({report::bar_chart(chart), report::table(whole)})}};
  if (!single.rows.empty()) section.blocks.push_back(report::details("Single words", report::table(single)));
  section.blocks.push_back(report::paragraph(
      fmt::format("Independent: captions of one picture count as one. Fewer than {} are too few to trust.",
                  evaluate::kTrustedGroups)));
  return section;
}

}  // namespace glimpse::app
