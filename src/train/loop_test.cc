#include "train/loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "train/small_run.h"

namespace glimpse::train {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const image::PreprocessSpec kSpec = {.resize_size = 8, .crop_size = 8};

struct Killed : std::runtime_error {
  Killed() : std::runtime_error("killed") {}
};

class LoopTest : public testing::Test {
 protected:
  Result<LoopOutcome> run(LinearLearner& learner, const fs::path& where) {
    fs::create_directories(where);
    return run_loop(learner, settings_,
                    {.data = data_,
                     .split = split_,
                     .preprocess = kSpec,
                     .run = where,
                     .cancel = cancel_,
                     .watch = watch_,
                     .remark = [&](const std::string& remark) { remarks_.push_back(remark); }});
  }

  std::string curve(const fs::path& where) { return read_text_file(where / "curve.jsonl", 1 << 24).value_or(""); }

  SmallData small_{24};
  Dataset data_ = small_.survey();
  Split split_ = *split(data_, {.validation = 0.25, .test = 0});
  LoopSettings settings_ = {.epochs = 4,
                            .batch = 4,
                            .learning_rate = 0.5,
                            .patience = 0,
                            .checkpoint_every = 2,
                            .augmentation = *parse_augmentation("strong"),
                            .decode_threads = 2};
  CancelToken cancel_;
  std::function<void(const LoopNews&)> watch_;
  std::vector<std::string> remarks_;
  TempDirectory runs_;
};

TEST_F(LoopTest, TheLossFallsAndTheSameSettingsGiveTheSameBytes) {
  settings_.epochs = 20;
  LinearLearner one, two;
  const auto first = run(one, runs_.path() / "one");
  ASSERT_TRUE(first) << first.error().message();
  const auto& steps = first->curve.steps();
  EXPECT_EQ(static_cast<std::int64_t>(steps.size()), first->total);
  EXPECT_LT(steps.back().loss, 0.8 * steps.front().loss);
  EXPECT_EQ(first->curve.validations().size(), 21u);
  settings_.decode_threads = 1;
  ASSERT_TRUE(run(two, runs_.path() / "two"));
  EXPECT_EQ(one.hash(), two.hash());
  EXPECT_EQ(curve(runs_.path() / "one"), curve(runs_.path() / "two"));
}

// The process may die anywhere: before a step, and while a checkpoint is written.
TEST_F(LoopTest, DiesAtEveryStepAndEndsTheSame) {
  LinearLearner whole;
  const auto outcome = run(whole, runs_.path() / "whole");
  ASSERT_TRUE(outcome);
  const std::string expected = curve(runs_.path() / "whole");
  for (std::int64_t at = 0; at < outcome->total; ++at) {
    const fs::path where = runs_.path() / ("killed" + std::to_string(at));
    LinearLearner killed;
    killed.before_step = [&](std::int64_t step) {
      if (step == at) throw Killed();
    };
    EXPECT_THROW((void)run(killed, where), Killed);
    fs::create_directories(where / "checkpoints/.new");  // the half of another checkpoint
    std::ofstream(where / "checkpoints/.new/linear") << "half";
    std::ofstream(where / "curve.jsonl", std::ios::app) << R"({"step":)";  // and of a line
    LinearLearner again(99);                                               // other first values: all comes from disk
    const auto resumed = run(again, where);
    ASSERT_TRUE(resumed) << resumed.error().message();
    EXPECT_EQ(again.hash(), whole.hash()) << at;
    EXPECT_EQ(curve(where), expected) << at;
  }
}

TEST_F(LoopTest, AnInterruptMakesACheckpoint) {
  LinearLearner whole, half, rest;
  ASSERT_TRUE(run(whole, runs_.path() / "whole"));
  watch_ = [&](const LoopNews& news) {
    if (news.step == 7) cancel_.cancel();
  };
  const auto interrupted = run(half, runs_.path() / "half");
  ASSERT_FALSE(interrupted);
  EXPECT_EQ(interrupted.error().code(), ErrorCode::kCancelled);
  EXPECT_TRUE(fs::exists(runs_.path() / "half/checkpoints/000000007/progress.json"));
  LoopTest::settings_.decode_threads = 1;
  const CancelToken fresh;
  const auto resumed =
      run_loop(rest, settings_,
               {.data = data_, .split = split_, .preprocess = kSpec, .run = runs_.path() / "half", .cancel = fresh});
  ASSERT_TRUE(resumed) << resumed.error().message();
  EXPECT_EQ(rest.hash(), whole.hash());
}

TEST_F(LoopTest, ADamagedCheckpointIsPassedOver) {
  LinearLearner whole, first, again;
  ASSERT_TRUE(run(whole, runs_.path() / "whole"));
  const fs::path where = runs_.path() / "run";
  first.before_step = [&](std::int64_t step) {
    if (step == 7) throw Killed();
  };
  EXPECT_THROW((void)run(first, where), Killed);
  const fs::path newest = where / "checkpoints/000000006/linear";
  ASSERT_TRUE(fs::exists(newest));
  std::string bytes = *read_text_file(newest, 1 << 20);
  bytes[5] = static_cast<char>(bytes[5] ^ 1);
  std::ofstream(newest, std::ios::binary) << bytes;
  ASSERT_TRUE(run(again, where));
  ASSERT_EQ(remarks_.size(), 1u);
  EXPECT_THAT(remarks_.front(), HasSubstr("is not used"));
  EXPECT_EQ(again.hash(), whole.hash());
}

TEST_F(LoopTest, KeepsTheLatestTwoCheckpointsAndTheBest) {
  LinearLearner learner;
  const auto outcome = run(learner, runs_.path());
  ASSERT_TRUE(outcome);
  std::size_t kept = 0;
  for (const auto& entry : fs::directory_iterator(runs_.path() / "checkpoints")) kept += entry.is_directory() ? 1 : 0;
  EXPECT_LE(kept, 3u);
  EXPECT_TRUE(fs::exists(runs_.path() / "checkpoints" / fmt::format("{:09}", outcome->progress.best_step)));
}

TEST_F(LoopTest, StopsEarlyAndGivesTheBestEpochsWeights) {
  settings_.epochs = 200;
  settings_.patience = 2;
  settings_.learning_rate = 1e-9;  // nothing will ever get better than the first epoch's end
  LinearLearner learner;
  const auto outcome = run(learner, runs_.path());
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->stopped_early);
  EXPECT_EQ(outcome->progress.epoch, 3u);
  EXPECT_EQ(outcome->progress.best_step * 3, outcome->progress.step);
  LinearLearner best;
  Checkpoints checkpoints(runs_.path() / "checkpoints");
  ASSERT_TRUE(checkpoints.load(best, outcome->progress.best_step));
  EXPECT_EQ(best.hash(), learner.hash());
}

TEST_F(LoopTest, ALossThatIsNoNumberStopsAndNamesTheLastGoodCheckpoint) {
  LinearLearner learner;
  learner.nan_at = 5;
  const auto outcome = run(learner, runs_.path());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(outcome.error().message(), HasSubstr("step 6"));
  EXPECT_THAT(outcome.error().message(), HasSubstr("checkpoints/000000004"));
  LinearLearner good;
  Checkpoints checkpoints(runs_.path() / "checkpoints");
  EXPECT_TRUE(checkpoints.load(good, 4));
}

TEST_F(LoopTest, APictureThatGoesAwayIsNamed) {
  for (const auto& picture : data_.pictures) fs::remove(small_.directory.path() / picture.name);
  LinearLearner learner;
  const auto outcome = run(learner, runs_.path());
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message(), HasSubstr("picture"));
}

}  // namespace
}  // namespace glimpse::train
