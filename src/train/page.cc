// What stands where: what came of it first, once it is known; then how it went, what it learnt from, and how.
#include "train/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "report/axis.h"
#include "train/page_sections.h"

namespace glimpse::train {
namespace {

using report::Card;
constexpr int kRefreshSeconds = 10;

std::int64_t reached(const Course& course) {
  return course.curve.steps().empty() ? 0 : course.curve.steps().back().step;
}

/// What a step of the curve is called.
const char* unit_of(const Course& course) { return fits_heads(course) ? "epochs of heads" : "steps"; }

std::string lead_of(const Course& course) {
  const std::string steps = fmt::format("{} of {} {}", count_text(static_cast<std::size_t>(reached(course))),
                                        count_text(static_cast<std::size_t>(course.planned_steps)), unit_of(course));
  switch (course.stage) {
    case Stage::kLearning:
      if (course.planned_steps == 0) return fmt::format("Beginning. Written at {}.", course.written);
      return fmt::format("Learning: {} are done. Written at {}; a browser loads this page again by itself.", steps,
                         course.written);
    case Stage::kChoosing:
      return fmt::format("Learnt ({}); now the blend of original and trained weights is chosen. Written at {}.", steps,
                         course.written);
    case Stage::kMeasuring:
      return fmt::format("Learnt ({}); now it is measured before and after. Written at {}.", steps, course.written);
    case Stage::kDone:
      return fmt::format("Done at {}, after {}{}.", course.written, steps,
                         course.report != nullptr && course.report->stopped_early
                             ? ": it stopped early, for the validation pictures gained no more"
                             : "");
    case Stage::kStopped:
      return fmt::format("Stopped at {}, after {}: {}", course.written, steps, course.why_stopped);
  }
  return {};
}

Card steps_card(const Course& course) {
  const double left = course.planned_steps > 0 ? static_cast<double>(course.planned_steps - reached(course)) : 0;
  const auto here = static_cast<double>(reached(course) - course.first_step);
  Card card{.value = count_text(static_cast<std::size_t>(reached(course))), .label = unit_of(course), .note = {}};
  if (course.planned_steps > 0)
    card.note = fmt::format("of {}", count_text(static_cast<std::size_t>(course.planned_steps)));
  if (course.stage == Stage::kLearning && here > 0 && left > 0) {
    card.note += fmt::format(", about {} left", duration_text(course.learning_seconds / here * left));
  }
  return card;
}

/// Of the run, or of the last head.
double first_loss(const Course& course) {
  const auto& steps = course.curve.steps();
  if (!fits_heads(course)) return steps.front().loss;
  const auto begun =
      std::find_if(steps.rbegin(), steps.rend(), [](const StepPoint& point) { return point.epoch == 0; });
  return begun == steps.rend() ? steps.front().loss : begun->loss;
}

std::string rate_text(double rate) {
  return fmt::format("{} pairs a second", rate < 100 ? fmt::format("{:.1f}", rate) : report::tick_label(rate, 0));
}

void add_scores(const Course& course, std::vector<Card>& cards) {
  if (!course.curve.validations().empty()) {
    const auto best = chosen(course);
    const auto& shown = best ? *best : course.curve.validations().front();
    cards.push_back(
        {score_text(shown.ndcg_10), "validation nDCG@10",
         best ? fmt::format("at step {}; {} before", best->step, score_text(course.curve.validations().front().ndcg_10))
              : "before the first step"});
  }
  if (course.report == nullptr || course.report->test.empty()) return;
  const Comparison& test = course.report->test;
  cards.push_back({score_text(test.after.ndcg_10), "test nDCG@10",
                   fmt::format("{} before; never chosen by", score_text(test.before.ndcg_10)),
                   test.after.ndcg_10 < test.before.ndcg_10});
}

std::vector<Card> cards_of(const Course& course) {
  std::vector<Card> cards = {steps_card(course)};
  if (const double loss = recent_loss(course); !std::isnan(loss)) {
    cards.push_back({fmt::format("{:.3f}", loss), fits_heads(course) ? "loss of the last head" : "loss",
                     fmt::format("{:.3f} at its first {}", first_loss(course), fits_heads(course) ? "epoch" : "step")});
  }
  add_scores(course, cards);
  cards.push_back({count_text(course.record.data.picture_count), "pictures",
                   fmt::format("{} captions", count_text(course.record.data.caption_count))});
  const auto pairs = static_cast<double>(course.pairs);
  cards.push_back({duration_text(course.seconds), "time",
                   pairs > 0 && course.learning_seconds > 0 ? rate_text(pairs / course.learning_seconds) : ""});
  if (course.first_step > 0) cards.back().note += fmt::format("; since step {}", course.first_step);
  return cards;
}

std::string title_of(const Course& course) {
  const std::string name = course.report != nullptr && !course.report->model.directory.empty()
                               ? display(course.report->model.directory.filename())
                               : "";
  return name.empty() ? fmt::format("Training {}", course.record.model.name)
                      : fmt::format("{}, trained from {}", name, course.record.model.name);
}

}  // namespace

report::Document page_of(const Course& course) {
  report::Document page{.title = title_of(course),
                        .lead = lead_of(course),
                        .cards = cards_of(course),
                        .sections = {},
                        .footer = course.made_by,
                        .refresh_seconds = 0};
  const bool ended = course.stage == Stage::kDone || course.stage == Stage::kStopped;
  if (!ended) page.refresh_seconds = kRefreshSeconds;
  if (course.report != nullptr && !course.report->validation.empty() && course.stage == Stage::kDone) {
    page.sections.push_back(results_section(course));
  }
  page.sections.push_back(fits_heads(course) ? heads_section(course) : curves_section(course));
  if (course.report != nullptr && !course.report->blend.tried.empty()) {
    page.sections.push_back(blend_section(course.report->blend));
  }
  page.sections.push_back(data_section(course));
  page.sections.push_back(settings_section(course));
  return page;
}

std::string count_text(std::size_t count) { return report::tick_label(static_cast<double>(count), 0); }

std::string score_text(double score) { return fmt::format("{:.3f}", score); }

std::string duration_text(double seconds) {
  if (seconds < 60) return fmt::format("{:.{}f} s", seconds, seconds < 10 ? 1 : 0);
  const auto whole = std::llround(seconds);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace glimpse::train
