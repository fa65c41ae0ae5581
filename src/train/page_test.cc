#include "train/page.h"

#include <gmock/gmock.h>

#include <cmath>

#include "base/temp_directory.h"
#include "report/parsed_for_tests.h"

namespace glimpse::train {
namespace {

using report::Parsed;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

RunRecord record_of(const std::string& text) {
  RunRecord record;
  record.model = {.name = text, .directory = text, .family = "clip", .fingerprint = "f00d"};
  record.data.source = record.data.pictures = text;
  record.data.form = "table";
  record.data.sha1 = "da7a";
  record.data.picture_count = 2'400;
  record.data.caption_count = 2'500;
  record.data.problems.unreadable = 1;
  record.data.problems.remarks = {text};
  record.part_sizes = {2'000, 200, 200};
  return record;
}

/// Twelve updates and three measurings: the second is the best.
Curve curve_of(const std::filesystem::path& directory) {
  Curve curve = *Curve::open(directory / "curve.jsonl", -1);
  const auto measured = [&](std::int64_t step, std::uint64_t epoch, double score) {
    const ValidationPoint point{.step = step, .epoch = epoch, .ndcg_10 = score, .hit_1 = 0.1, .hit_5 = 0.2};
    ASSERT_TRUE(curve.add(point));
  };
  measured(0, 0, 0.9);  // of the original: never chosen
  for (std::int64_t step = 1; step <= 12; ++step) {
    const auto epoch = static_cast<std::uint64_t>((step - 1) / 6);
    const auto done = curve.add(StepPoint{
        .step = step, .epoch = epoch, .loss = 3.0 / static_cast<double>(step), .rate = 1e-5, .gradient_norm = 1});
    EXPECT_TRUE(done);
    if (step % 6 == 0) measured(step, epoch + 1, step == 6 ? 0.71 : 0.62);
  }
  return curve;
}

Score score_of_mean(double mean) {
  Score score;
  score.pictures = score.texts = 20;
  score.ndcg_10 = mean;
  for (int i = 0; i < 20; ++i) {
    score.ndcg_10_of_texts.push_back(mean);
    score.clusters.push_back(i);
  }
  return score;
}

Report report_of(const RunRecord& record) {
  Report report;
  report.record = record;
  report.blend = {.alpha = 0.5, .tried = {{0, 0.4, 0.8}, {0.5, 0.7, 0.79}, {1, 0.6, 0.2}}, .guard_decided = true};
  report.validation = {score_of_mean(0.4), score_of_mean(0.7)};
  report.test = {score_of_mean(0.5), score_of_mean(0.65)};
  report.guard = {score_of_mean(0.8), score_of_mean(0.79)};
  report.model = {.directory = "/models/mine", .fingerprint = "beef", .state_dict = {}};
  return report;
}

std::vector<std::string> texts_of(const std::string& html, const char* element) {
  std::vector<std::string> texts;
  for (const auto& found : Parsed(html).named(element)) texts.push_back(found.text);
  return texts;
}

class Page : public testing::Test {
 protected:
  Course course(Stage stage) const {
    return {.record = record_,
            .curve = curve_,
            .run = "/models/mine.run",
            .planned_steps = 24,
            .stage = stage,
            .pairs = 12 * 32,
            .learning_seconds = 60,
            .seconds = 75,
            .written = "2026-11-26 19:04:12",
            .made_by = "Made by a test."};
  }

  TempDirectory directory_;
  RunRecord record_ = record_of("ViT");
  Curve curve_ = curve_of(directory_.path());
};

TEST_F(Page, OfARunThatLearnsIsLoadedAgainAndSaysHowFarItIs) {
  const std::string html = render(page_of(course(Stage::kLearning)));
  EXPECT_THAT(html, HasSubstr("http-equiv=\"refresh\""));
  EXPECT_THAT(html, HasSubstr("12 of 24 steps are done. Written at 2026-11-26 19:04:12"));
  EXPECT_THAT(html, HasSubstr("6.4 pairs a second"));
  EXPECT_THAT(html, HasSubstr("about 1 min 0 s left"));
  EXPECT_THAT(texts_of(html, "h2"), testing::ElementsAre("Curves", "Data", "Settings"));
  EXPECT_THAT(texts_of(html, "li"), Contains("best so far: step 6"));
  EXPECT_THAT(texts_of(html, "text"), Contains("25")) << "the axes leave room for what is to come";
  Course begun = course(Stage::kLearning);
  begun.planned_steps = 6'000;
  EXPECT_THAT(texts_of(render(page_of(begun)), "text"), Not(Contains("6,000"))) << "but not all of it";
}

TEST_F(Page, OfARunThatIsDoneHasResultsBlendAndIntervals) {
  const Report report = report_of(record_);
  Course done = course(Stage::kDone);
  done.report = &report;
  const std::string html = render(page_of(done));
  EXPECT_THAT(html, Not(HasSubstr("refresh")));
  EXPECT_THAT(texts_of(html, "h1"), Contains("mine, trained from ViT"));
  EXPECT_THAT(texts_of(html, "h2"), testing::ElementsAre("Before and after", "Curves", "Blend", "Data", "Settings"));
  EXPECT_THAT(texts_of(html, "li"), Contains("chosen: step 6"));
  EXPECT_THAT(texts_of(html, "li"), Contains("chosen: α 0.5"));
  EXPECT_THAT(texts_of(html, "td"), Contains("+0.150 (+0.150 to +0.150)"));
  EXPECT_THAT(texts_of(html, "th"), testing::IsSupersetOf({"validation", "test", "guard", "0.5 (chosen)", "--lr"}));
  EXPECT_THAT(html, HasSubstr("the new model is better, and that is sure"));
}

TEST_F(Page, OfARunThatStoppedSaysWhyAndHowFar) {
  Course stopped = course(Stage::kStopped);
  stopped.why_stopped = "the loss is nan";
  stopped.first_step = 6;
  const std::string html = render(page_of(stopped));
  EXPECT_THAT(html, Not(HasSubstr("refresh")));
  EXPECT_THAT(html, HasSubstr("Stopped at 2026-11-26 19:04:12, after 12 of 24 steps: the loss is nan"));
  EXPECT_THAT(html, HasSubstr("since step 6"));
}

TEST_F(Page, BeforeTheFirstStepHasNoCurveYet) {
  const TempDirectory empty;
  const Curve nothing = *Curve::open(empty.path() / "curve.jsonl", -1);
  const std::string html = render(page_of({.record = record_, .curve = nothing}));
  EXPECT_THAT(html, HasSubstr("No step is done yet."));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
}

TEST_F(Page, OfNewHeadsHasALineForEachOfThem) {
  record_.settings.scope = "new-heads";
  const TempDirectory other;
  Curve curve = *Curve::open(other.path() / "curve.jsonl", -1);
  for (std::int64_t i = 0; i < 6; ++i) {
    const auto epoch = static_cast<std::uint64_t>(i % 3);
    ASSERT_TRUE(curve.add(StepPoint{.step = i + 1, .epoch = epoch, .loss = 5.0 - static_cast<double>(i)}));
  }
  const std::string html = render(page_of({.record = record_, .curve = curve, .planned_steps = 6}));
  EXPECT_THAT(texts_of(html, "li"), testing::IsSupersetOf({"head 1", "head 2"}));
  EXPECT_THAT(texts_of(html, "li"), Not(Contains("head 3")));
  EXPECT_THAT(html, HasSubstr("2.000 at its first epoch"));
  EXPECT_THAT(html, HasSubstr("6 of 6 epochs of heads"));
}

TEST_F(Page, KeepsHostileTextHarmless) {
  record_ = record_of(std::string(report::kHostile));
  const Report report = report_of(record_);
  Course stopped = course(Stage::kStopped);
  stopped.why_stopped = report::kHostile;
  stopped.made_by = report::kHostile;
  stopped.report = &report;
  for (const Stage stage : {Stage::kStopped, Stage::kDone}) {
    stopped.stage = stage;
    const std::string html = render(page_of(stopped));
    EXPECT_TRUE(Parsed(html).named("script").empty());
    EXPECT_TRUE(Parsed(html).named("img").empty());
  }
}

}  // namespace
}  // namespace glimpse::train
