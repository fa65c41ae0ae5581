#include <fmt/format.h>

#include "base/file.h"
#include "base/memory.h"
#include "eval/compare_models.h"
#include "eval/named_measures.h"
#include "eval/page_tables.h"
#include "report/bar_chart.h"
#include "report/document.h"
#include "report/scatter.h"
#include "report/table.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

using report::Align;

double number(const ModelFigures& model, const char* key) { return model.json[key].get<double>(); }

std::string memory_of(const ModelFigures& model) {
  return readable_bytes(model.json["memory_bytes"].get<std::uint64_t>());
}

/// The measures that the table has, by key: the deciding one stands before them.
std::vector<NamedMeasure> further_measures(const ModelComparison& comparison, const EvalFlags& flags) {
  std::vector<NamedMeasure> further;
  for (const auto& measure : named_measures(flags.cutoffs)) {
    if (measure.name.starts_with("recall@") && measure.name != comparison.measure) further.push_back(measure);
  }
  return further;
}

report::Markup table_of(const ModelComparison& comparison, const EvalFlags& flags) {
  const auto words = in_words(NamedMeasure{comparison.measure, nullptr, 0});
  report::Table table{.caption = "All models, the best first",
                      .columns = {{"model"}, {"arithmetic"}, {words, Align::kRight}, {"95 % interval", Align::kRight}},
                      .rows = {}};
  const auto further = further_measures(comparison, flags);
  for (const auto& measure : further) table.columns.push_back({in_words(measure), Align::kRight});
  for (const char* name : {"pictures/s", "words, ms", "memory"}) {
    table.columns.push_back({name, Align::kRight});
  }
  table.columns.push_back({"against the best"});
  for (const ModelFigures& model : comparison.models) {
    const auto& found = model.json["text_to_image"];
    const auto& interval = found["intervals"][comparison.measure];
    std::vector<report::Markup> row = {model.label, model.json["precision"].get<std::string>(),
                                       three_decimals(found[comparison.measure].get<double>()),
                                       range_in_words({0, interval[0].get<double>(), interval[1].get<double>()})};
    for (const auto& measure : further) row.push_back(three_decimals(found[measure.name].get<double>()));
    row.push_back(fmt::format("{:.1f}", number(model, "pictures_per_second")));
    row.push_back(fmt::format("{:.1f}", number(model, "words_ms")));
    row.push_back(memory_of(model));
    row.push_back(comparison.standing(model));
    table.rows.push_back(std::move(row));
  }
  return report::table(table);
}

report::Markup relevance_by_speed(const ModelComparison& comparison) {
  const auto words = in_words(NamedMeasure{comparison.measure, nullptr, 0});
  report::Scatter plot{.text = {.title = "Relevance by speed",
                                .summary = "Higher finds better, further right is faster: the best choices lie towards "
                                           "the upper right.",
                                .x_label = "pictures embedded in a second",
                                .y_label = words},
                       .points = {},
                       .groups = {},
                       .axes = true};
  for (const ModelFigures& model : comparison.models) {
    const double relevance = model.json["text_to_image"][comparison.measure].get<double>();
    const double speed = number(model, "pictures_per_second");
    plot.points.push_back({.x = speed,
                           .y = relevance,
                           .group = plot.groups.size(),
                           .hover = fmt::format("{}: {} {:.3f}, {:.1f} pictures a second, {}", model.label, words,
                                                relevance, speed, memory_of(model))});
    plot.groups.push_back(
        fmt::format("{} ({}, {})", model.label, model.json["precision"].get<std::string>(), memory_of(model)));
  }
  return report::scatter(plot);
}

report::Markup bars_of(const ModelComparison& comparison, const char* key, double unit, report::PlotText text,
                       std::size_t series) {
  report::BarChart chart{.text = std::move(text), .bars = {}, .series = series};
  for (const ModelFigures& model : comparison.models) {
    const double value = number(model, key) / unit;
    chart.bars.push_back({model.label, value, fmt::format("{:.1f}", value)});
  }
  return report::bar_chart(chart);
}

}  // namespace

Result<void> write_page_of_models(const ModelComparison& comparison, const EvalFlags& flags) {
  const auto& best = comparison.models.front();
  constexpr double kMegabyte = 1024.0 * 1024.0;
  report::Document page{
      .title = fmt::format("{} models on the same pictures", comparison.models.size()),
      .lead = fmt::format("{} pictures, {} queries of {}. Best by {}: {}.",
                          human_count(best.json["pictures"].get<std::int64_t>()),
                          human_count(best.json["queries"].get<std::int64_t>()), display(flags.source),
                          in_words(NamedMeasure{comparison.measure, nullptr, 0}), best.label),
      .cards = {},
      .sections = {},
      .footer = fmt::format("Made by glimpse eval --compare, of {}.", display(flags.source))};
  page.sections.push_back({.heading = "Relevance, speed and memory", .blocks = {}});
  auto& blocks = page.sections.back().blocks;
  blocks.push_back(table_of(comparison, flags));
  blocks.push_back(relevance_by_speed(comparison));
  blocks.push_back(
      report::columns({bars_of(comparison, "words_ms", 1,
                               {.title = "Words of a query",
                                .summary = "The median time of one, in milliseconds; shorter is better.",
                                .x_label = "model",
                                .y_label = "ms"},
                               1),
                       bars_of(comparison, "memory_bytes", kMegabyte,
                               {.title = "Memory",
                                .summary = "Resident at the most while embedding, in MB; shorter is better.",
                                .x_label = "model",
                                .y_label = "MB"},
                               2)}));
  blocks.push_back(report::paragraph(
      "Each model ran in a process of its own, one after the other. Memory is that of the whole process with both "
      "towers loaded; loading and compiling are counted neither in it nor in the times."));
  return report::write(page, flags.report);
}

}  // namespace glimpse::app
