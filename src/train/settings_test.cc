#include "train/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <tuple>

#include "train/run_record.h"
#include "train/small_run.h"
#include "train/wise.h"

namespace glimpse::train {
namespace {

using testing::HasSubstr;

TEST(Settings, ComeBackAsTheyWere) {
  Settings settings{.scope = "lora:4", .epochs = 3, .lr = 0.1, .seed = 18446744073709551615u, .wise = "0.3"};
  const auto again = read_settings(settings_text(settings));
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(settings_text(*again), settings_text(settings));
  EXPECT_FALSE(read_settings("{}"));
  EXPECT_FALSE(read_settings("no json"));
}

TEST(Settings, ThoseOfNewHeadsAreRecordedForThemAlone) {
  const Settings heads{.scope = "new-heads", .versions = 2, .heads = 5, .sentence_weight = 0.5};
  const auto again = read_settings(settings_text(heads));
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(std::tuple(again->heads, again->versions, again->sentence_weight), std::tuple(5, 2, 0.5));
  Settings asked = heads;
  asked.versions = 4;
  EXPECT_THAT(resumed_settings(heads, asked, {"versions"}).error().message(), HasSubstr("--versions 4"));
  EXPECT_EQ(settings_text(Settings{.heads = 5}), settings_text(Settings{}));
}

TEST(Settings, ARunGoesOnWithItsOwn) {
  const Settings stored{.epochs = 3, .lr = 0.1}, asked{.epochs = 5, .lr = 0.1};
  EXPECT_EQ(resumed_settings(stored, asked, {"lr"})->epochs, 3);
  const auto refused = resumed_settings(stored, asked, {"epochs"});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("--epochs 5: this run began with 3"));
}

TEST(Settings, SayWhatTheyExpect) {
  EXPECT_EQ(*fixed_blend({.wise = "off"}), 1.0);
  EXPECT_EQ(*fixed_blend({.wise = "0.25"}), 0.25);
  EXPECT_EQ(*fixed_blend({.wise = "auto"}), std::nullopt);
  for (const char* wrong : {"", "2", "-0.1", "0.5x", "nan"}) EXPECT_FALSE(fixed_blend({.wise = wrong})) << wrong;
  EXPECT_FALSE(loop_settings({.augment = "some"}));
  EXPECT_FALSE(split_options({.split_by = "colour"}));
}

TEST(RunRecord, WhatNewHeadsLearnFromBesideTheDataIsPartOfIt) {
  const TempDirectory directory;
  RunRecord record;
  record.labelled = {.source = "/here/labels.csv", .sha1 = "1"};
  record.sentences = {.source = "/here/sentences.txt", .sha1 = "2"};
  ASSERT_TRUE(write_file_atomically(directory.path() / "run.json", record_text(record)));
  const auto stored = read_run(directory.path());
  ASSERT_TRUE(stored) << stored.error().message();
  EXPECT_EQ(stored->labelled, "/here/labels.csv");
  EXPECT_EQ(stored->sentences, "/here/sentences.txt");
  const std::string id = run_id(record);
  record.sentences->source = "/there/sentences.txt";
  EXPECT_EQ(run_id(record), id);
  record.sentences->sha1 = "3";
  EXPECT_NE(run_id(record), id);
  EXPECT_FALSE(check_same_run(*stored, record));
}

TEST(RunRecord, AChangeIsNamedAndPathsDoNotMakeTheId) {
  const TempDirectory directory;
  RunRecord record;
  record.model = {"clip", "/models/clip", "clip", "abc"};
  record.data.sha1 = "123";
  ASSERT_TRUE(write_file_atomically(directory.path() / "run.json", record_text(record)));
  const auto stored = read_run(directory.path());
  ASSERT_TRUE(stored) << stored.error().message();
  EXPECT_EQ(stored->model, "/models/clip");
  EXPECT_TRUE(check_same_run(*stored, record));
  const std::string id = run_id(record);
  record.model.directory = "/elsewhere";
  EXPECT_EQ(run_id(record), id);
  record.model.directory = "/models/clip";
  record.data.sha1 = "456";
  EXPECT_NE(run_id(record), id);
  const auto refused = check_same_run(*stored, record);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("/data/sha1 was \"123\" when it began, and is \"456\" now"));
  EXPECT_EQ(read_run(directory.path() / "none").error().code(), ErrorCode::kNotFound);
}

/// A learner whose scores are what the test says: at each blend a share of the pictures answers to its own caption.
class Scripted final : public Learner {
 public:
  std::function<double(double alpha, bool guard)> share;
  std::size_t pictures = 0;

  std::size_t dimension() const override { return 64; }
  Result<StepResult> step(const PairBatch&, double) override { return StepResult{}; }
  Result<std::vector<float>> embed_pictures(const PairBatch& batch) override {
    const std::size_t rows = batch.texts.size();
    pictures = rows;
    std::vector<float> out(rows * 64);
    for (std::size_t i = 0; i < rows; ++i) out[i * 64 + i] = 1;
    return out;
  }
  Result<std::vector<float>> embed_texts(std::span<const std::string> texts) override {
    std::vector<float> out(texts.size() * 64);
    const bool guard = pictures == 5;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const bool right = static_cast<double>(i) < share(alpha_, guard) * static_cast<double>(texts.size());
      out[i * 64 + (right ? i / 2 : (i / 2 + 1) % pictures)] = 1;
    }
    return out;
  }
  Result<void> blend(double alpha) override {
    alpha_ = alpha;
    return {};
  }
  double alpha() const { return alpha_; }
  Result<std::vector<TrainedTensor>> weights(double) override { return std::vector<TrainedTensor>(); }
  double logit_scale() const override { return 1; }
  Result<void> save(const std::filesystem::path&) override { return {}; }
  Result<void> load(const std::filesystem::path&) override { return {}; }

 private:
  double alpha_ = 1;
};

class Blend : public testing::Test {
 protected:
  BlendChoice choose(double tolerance, bool with_guard) {
    const auto all = [](const Dataset& data) {
      std::vector<std::size_t> pictures(data.pictures.size());
      std::iota(pictures.begin(), pictures.end(), std::size_t{0});
      return Gallery{&data, pictures};
    };
    auto choice = choose_blend(learner_, {.validation = all(data_),
                                          .guard = with_guard ? all(guard_) : Gallery{},
                                          .guard_tolerance = tolerance,
                                          .measuring = {.preprocess = {.resize_size = 8, .crop_size = 8}}});
    EXPECT_TRUE(choice);
    return *choice;
  }

  SmallData small_{10}, general_{5};
  Dataset data_ = small_.survey(), guard_ = general_.survey();
  Scripted learner_;
};

TEST_F(Blend, TheBestOnValidationAndOfEqualsTheMostTrained) {
  learner_.share = [](double alpha, bool) { return alpha < 0.35 ? 0.2 : alpha < 0.65 ? 0.9 : 0.5; };
  const BlendChoice choice = choose(0, false);
  EXPECT_DOUBLE_EQ(choice.alpha, 0.6);
  EXPECT_DOUBLE_EQ(learner_.alpha(), 0.6);
  EXPECT_EQ(choice.tried.size(), 11u);
  EXPECT_FALSE(choice.guard_decided);
}

TEST_F(Blend, TheGuardHoldsItBackAndTheOriginalIsAlwaysThere) {
  learner_.share = [](double alpha, bool guard) { return guard ? 1 - alpha : alpha; };
  EXPECT_DOUBLE_EQ(choose(1, true).alpha, 1);
  const BlendChoice held = choose(0.25, true);
  EXPECT_GT(held.alpha, 0);
  EXPECT_LT(held.alpha, 1);
  EXPECT_TRUE(held.guard_decided);
  learner_.share = [](double alpha, bool guard) { return guard ? (alpha > 0 ? 0.0 : 1.0) : alpha; };
  EXPECT_DOUBLE_EQ(choose(0, true).alpha, 0);
}

}  // namespace
}  // namespace glimpse::train
