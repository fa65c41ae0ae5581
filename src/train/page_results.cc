#include <fmt/format.h>

#include <array>

#include "base/file.h"
#include "evaluate/interval.h"
#include "report/line_chart.h"
#include "report/table.h"
#include "train/page_sections.h"

namespace glimpse::train {
namespace {

using report::Align;
using report::Markup;
using report::Table;

struct Named {
  const char* name;
  const Comparison& comparison;
};

std::string with_range(double value, const Score& score) {
  const auto interval = evaluate::bootstrap_mean(score.ndcg_10_of_texts, score.clusters);
  return fmt::format("{:.3f} ({:.3f} to {:.3f})", value, interval.low, interval.high);
}

void add_row(const Named& part, Table& table) {
  const auto& [before, after] = part.comparison;
  const auto found = difference(before, after);
  table.rows.push_back(
      {part.name, count_text(before.pictures), count_text(before.texts), with_range(before.ndcg_10, before),
       with_range(after.ndcg_10, after),
       fmt::format("{:+.3f} ({:+.3f} to {:+.3f})", found.difference.mean, found.difference.low, found.difference.high),
       fmt::format("{:.3f}", found.p_value)});
}

Markup measures_of(const Named& part) {
  struct Measure {
    const char* name;
    double Score::* value;
  };
  constexpr std::array<Measure, 9> kMeasures = {{{"text to image: nDCG@10", &Score::ndcg_10},
                                                 {"text to image: R@1", &Score::hit_1},
                                                 {"text to image: R@5", &Score::hit_5},
                                                 {"text to image: R@10", &Score::hit_10},
                                                 {"text to image: MRR", &Score::mrr},
                                                 {"image to text: nDCG@10", &Score::back_ndcg_10},
                                                 {"image to text: R@1", &Score::back_hit_1},
                                                 {"image to text: R@5", &Score::back_hit_5},
                                                 {"image to text: R@10", &Score::back_hit_10}}};
  Table table{.caption = fmt::format("All measures: {}", part.name),
              .columns = {{"measure"}, {"before", Align::kRight}, {"after", Align::kRight}, {"change", Align::kRight}},
              .rows = {}};
  for (const Measure& measure : kMeasures) {
    const double before = part.comparison.before.*measure.value, after = part.comparison.after.*measure.value;
    table.rows.push_back({measure.name, score_text(before), score_text(after), fmt::format("{:+.3f}", after - before)});
  }
  return report::table(table);
}

std::string in_words(const Report& report) {
  const Comparison& comparison = report.test.empty() ? report.validation : report.test;
  const char* pictures = report.test.empty() ? "validation" : "test";
  const auto found = difference(comparison.before, comparison.after).difference;
  if (report.blend.alpha == 0) {
    return "Nothing that was trained did better on the validation pictures: the model has the original's weights.";
  }
  if (found.low > 0) return fmt::format("On the {} pictures the new model is better, and that is sure.", pictures);
  if (found.high < 0) return fmt::format("On the {} pictures the new model is worse, and that is sure.", pictures);
  return fmt::format(
      "Whether the new model is better on the {} pictures is not sure: the interval of the difference holds 0. More "
      "captioned pictures would tell.",
      pictures);
}

}  // namespace

report::Section results_section(const Course& course) {
  const Report& report = *course.report;
  Table table{.caption = "nDCG@10, text to image, with 95 % intervals",
              .columns = {{"pictures"},
                          {"count", Align::kRight},
                          {"queries", Align::kRight},
                          {"before", Align::kRight},
                          {"after", Align::kRight},
                          {"difference", Align::kRight},
                          {"p", Align::kRight}},
              .rows = {}};
  std::vector<Markup> all;
  for (const Named& part :
       {Named{"validation", report.validation}, Named{"test", report.test}, Named{"guard", report.guard}}) {
    if (part.comparison.empty()) continue;
    add_row(part, table);
    all.push_back(measures_of(part));
  }
  report::Section section{.heading = "Before and after", .blocks = {report::paragraph(in_words(report))}};
  section.blocks.push_back(report::table(table));
  section.blocks.push_back(report::details("All measures", report::columns(all)));
  std::string how = fits_heads(course)
                        ? "Nothing was learnt from these pictures, and nothing chosen by them."
                        : "Validation pictures chose the epoch and the blend; test pictures chose nothing.";
  if (!report.guard.empty()) how += " Guard pictures are of a general kind: what falls there was forgotten.";
  section.blocks.push_back(report::paragraph(how));
  section.blocks.push_back(report::paragraph({"The new model: ", report::code(display(report.model.directory)),
                                              ", fingerprint ", report::code(report.model.fingerprint)}));
  return section;
}

report::Section blend_section(const BlendChoice& blend) {
  report::LineChart chart{.text = {.title = "Blends of original and trained weights",
                                   .summary = "α 0 is the original, 1 what was trained; higher is better.",
                                   .x_label = "α",
                                   .y_label = "nDCG@10"},
                          .series = {{.name = "validation", .points = {}}, {.name = "guard", .points = {}}}};
  Table table{.caption = "Blends",
              .columns = {{"α"}, {"validation nDCG@10", Align::kRight}, {"guard nDCG@10", Align::kRight}},
              .rows = {}};
  for (const BlendScore& score : blend.tried) {
    chart.series[0].points.push_back({score.alpha, score.validation});
    if (score.guard) chart.series[1].points.push_back({score.alpha, *score.guard});
    table.rows.push_back({fmt::format("{:.1f}{}", score.alpha, score.alpha == blend.alpha ? " (chosen)" : ""),
                          score_text(score.validation), score.guard ? score_text(*score.guard) : "–"});
  }
  if (chart.series[1].points.empty()) chart.series.pop_back();
  chart.guides.push_back({blend.alpha, fmt::format("chosen: α {:.1f}", blend.alpha)});
  return {.heading = "Blend",
          .blocks = {report::paragraph(fmt::format(
                         "WiSE-FT: original + α · (trained − original), weight by weight. The best on the validation "
                         "pictures is taken{}.",
                         blend.guard_decided ? "; a better one was passed over for the guard's sake"
                                             : ", of those that the guard admits")),
                     report::columns({line_chart(chart), report::table(table)})}};
}

}  // namespace glimpse::train
