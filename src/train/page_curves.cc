// The loss of one update says little, for its batch is one of many: beside it stands a mean that looks back over about
// a fiftieth of the run.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/line_chart.h"
#include "train/page_sections.h"

namespace glimpse::train {
namespace {

using report::LineChart;
using report::LinePoint;
using report::Series;

/// The axes leave room for what is to come once this part of it is done: before, it would show nothing else.
constexpr std::int64_t kRoomWhenDone = 5;

/// Updates that the smoothed line looks back on.
double looks_back(const Course& course) {
  const auto all = std::max<std::int64_t>(course.planned_steps, static_cast<std::int64_t>(course.curve.steps().size()));
  return std::max(5.0, std::round(static_cast<double>(all) / 50));
}

/// An exponentially weighted mean of what has come so far, free of the zero it would begin with.
/// Source: Kingma and Ba 2015 (Adam), section 3: the correction of the bias.
std::vector<LinePoint> smoothed(const std::vector<StepPoint>& steps, double window) {
  const double keep = 1 - 2 / (window + 1);
  double mean = 0, weight = 0;
  std::vector<LinePoint> line;
  for (const StepPoint& point : steps) {
    if (!std::isfinite(point.loss)) continue;
    mean = keep * mean + (1 - keep) * point.loss;
    weight = keep * weight + (1 - keep);
    line.push_back({static_cast<double>(point.step), mean / weight});
  }
  return line;
}

std::vector<LinePoint> points(const std::vector<StepPoint>& steps, double StepPoint::* value) {
  std::vector<LinePoint> line;
  for (const StepPoint& point : steps) line.push_back({static_cast<double>(point.step), point.*value});
  return line;
}

std::vector<LinePoint> points(const std::vector<ValidationPoint>& validations, double ValidationPoint::* value) {
  std::vector<LinePoint> line;
  for (const ValidationPoint& point : validations) line.push_back({static_cast<double>(point.step), point.*value});
  return line;
}

/// What all curves over the steps have in common.
LineChart over_steps(const Course& course, report::PlotText text, std::vector<Series> series) {
  text.x_label = "step";
  LineChart chart{.text = std::move(text), .series = std::move(series)};
  if (const auto best = chosen(course)) {
    chart.guides.push_back(
        {static_cast<double>(best->step),
         fmt::format("{}: step {}", course.stage == Stage::kDone ? "chosen" : "best so far", best->step)});
  }
  const auto& steps = course.curve.steps();
  const bool well_begun = !steps.empty() && steps.back().step >= course.planned_steps / kRoomWhenDone;
  if (course.stage == Stage::kLearning && well_begun) chart.x_end = static_cast<double>(course.planned_steps);
  return chart;
}

LineChart loss_chart(const Course& course) {
  const auto& steps = course.curve.steps();
  const double window = looks_back(course);
  return over_steps(course,
                    {.title = "Loss",
                     .summary = fmt::format(
                         "How badly pictures and captions are told apart; lower is better. The line is a mean that "
                         "looks back on about {:.0f} updates.",
                         window),
                     .y_label = "loss"},
                    {{.name = "smoothed", .points = smoothed(steps, window)},
                     {.name = "each update", .points = points(steps, &StepPoint::loss), .faint = true}});
}

LineChart validation_chart(const Course& course) {
  const auto& all = course.curve.validations();
  return over_steps(
      course,
      {.title = "Held-out pictures",
       .summary = "Searching the validation pictures, which are not learnt from, by their captions; higher is better. "
                  "R@K: the share of captions whose picture is among the first K.",
       .y_label = "score, 0 to 1"},
      {{.name = "nDCG@10", .points = points(all, &ValidationPoint::ndcg_10)},
       {.name = "R@1", .points = points(all, &ValidationPoint::hit_1)},
       {.name = "R@5", .points = points(all, &ValidationPoint::hit_5)},
       {.name = "R@10", .points = points(all, &ValidationPoint::hit_10)}});
}

LineChart plain_chart(const Course& course, const char* title, const char* summary, double StepPoint::* value) {
  LineChart chart = over_steps(course, {.title = title, .summary = summary, .y_label = title},
                               {{.name = title, .points = points(course.curve.steps(), value)}});
  chart.guides.clear();
  return chart;
}

/// Rates are far below 1: they are drawn in units of a power of ten, which the axis names.
LineChart rate_chart(const Course& course) {
  LineChart chart = plain_chart(course, "Learning rate", "It rises while it warms up, then falls as half a cosine.",
                                &StepPoint::rate);
  const auto& steps = course.curve.steps();
  const double most = std::ranges::max(steps, {}, &StepPoint::rate).rate;
  const int power = most > 0 && std::isfinite(most) ? static_cast<int>(std::floor(std::log10(most))) : 0;
  for (LinePoint& point : chart.series.front().points) point.y /= std::pow(10.0, power);
  chart.text.y_label = fmt::format("in units of 1e{}", power);
  chart.from_zero = true;
  return chart;
}

bool is_known(const Course& course, double StepPoint::* value) {
  return std::ranges::any_of(course.curve.steps(), [&](const StepPoint& point) { return point.*value != 0; });
}

}  // namespace

bool fits_heads(const Course& course) { return course.record.settings.scope == "new-heads"; }

std::optional<ValidationPoint> chosen(const Course& course) {
  std::optional<ValidationPoint> best;
  for (const ValidationPoint& point : course.curve.validations()) {
    if (point.epoch > 0 && (!best || point.ndcg_10 > best->ndcg_10)) best = point;
  }
  return best;
}

double recent_loss(const Course& course) {
  const auto line = fits_heads(course) ? points(course.curve.steps(), &StepPoint::loss)
                                       : smoothed(course.curve.steps(), looks_back(course));
  return line.empty() ? std::numeric_limits<double>::quiet_NaN() : line.back().y;
}

report::Section curves_section(const Course& course) {
  report::Section section{.heading = "Curves", .blocks = {}};
  if (course.curve.steps().empty()) {
    section.blocks.push_back(report::remark("No step is done yet."));
    return section;
  }
  section.blocks.push_back(report::columns(
      {line_chart(loss_chart(course)), line_chart(validation_chart(course)), line_chart(rate_chart(course)),
       line_chart(plain_chart(course, "Logit scale",
                              "What similarities are multiplied by before the loss: one by the temperature. It is "
                              "learnt, up to 100.",
                              &StepPoint::logit_scale))}));
  if (is_known(course, &StepPoint::gradient_norm)) {
    section.blocks.push_back(
        report::details("Length of the gradients",
                        line_chart(plain_chart(course, "Gradient norm",
                                               "Before it is cut to --max-gradient-norm; spikes are steps that "
                                               "nearly went astray.",
                                               &StepPoint::gradient_norm))));
  }
  return section;
}

report::Section heads_section(const Course& course) {
  LineChart chart{.text = {.title = "Loss of each head",
                           .summary = "Heads are fitted one after the other on the same features; lower is better. The "
                                      "head in closed form has no curve.",
                           .x_label = "epoch",
                           .y_label = "loss"},
                  .series = {}};
  for (const StepPoint& point : course.curve.steps()) {
    if (chart.series.empty() || point.epoch == 0) {
      chart.series.push_back({.name = fmt::format("head {}", chart.series.size() + 1), .points = {}});
    }
    chart.series.back().points.push_back({static_cast<double>(point.epoch) + 1, point.loss});
  }
  report::Section section{.heading = "Curves", .blocks = {}};
  section.blocks.push_back(chart.series.empty() ? report::remark("No epoch is done yet.") : line_chart(chart));
  return section;
}

}  // namespace glimpse::train
