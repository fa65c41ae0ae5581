// The Learner's curve against that of a loop in Python, torch and transformers (tools/goldens/training.py), whose
// formulas for pictures, words and rates are repeated here.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "autograd/families_for_tests.h"

namespace glimpse::autograd {
namespace {

constexpr int kSteps = 50, kRows = 8, kPictures = 16, kSize = 32, kTokens = 8, kWarmUp = 10;
constexpr double kPeak = 5e-4;

void add_picture(OwnedBatch& batch, int k) {
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < kSize; ++y) {
      for (int x = 0; x < kSize; ++x) {
        const double wave = std::sin(0.05 * (k + 1) * x + 0.03 * (c + 1) * y + c + k);
        batch.pixels.push_back(static_cast<float>(1.5 * wave * std::cos(0.011 * (k + 1) * y)));
      }
    }
  }
}

OwnedBatch batch_of(int step) {
  OwnedBatch batch;
  batch.tokens = kTokens;
  for (int row = 0; row < kRows; ++row) {
    const int k = (5 * step + 3 * row) % kPictures;
    add_picture(batch, k);
    batch.ids.push_back(519);
    for (int j = 0; j < kTokens - 2; ++j) batch.ids.push_back((37 * k + 11 * j + 101 * (step % 2)) % 500);
    batch.ids.push_back(520);
    batch.picture.push_back(k);
  }
  return batch;
}

double rate(int step) {
  if (step < kWarmUp) return kPeak * (step + 1) / kWarmUp;
  return kPeak * 0.5 * (1 + std::cos(std::numbers::pi * (step - kWarmUp) / (kSteps - kWarmUp)));
}

class ReferenceLoop : public testing::TestWithParam<std::int64_t> {};

TEST_P(ReferenceLoop, FiftyStepsHaveTheSameCurve) {
  const models::Goldens goldens(std::filesystem::path(GLIMPSE_TEST_DATA) / "training/tiny-clip.goldens");
  const auto learner =
      Learner::open(opened("tiny-clip"), {.micro_batch = GetParam(), .weight_decay = 0.5, .threads = 1});
  ASSERT_TRUE(learner) << learner.error().message();
  std::vector<float> losses, norms, scales;
  for (int step = 0; step < kSteps; ++step) {
    const auto report = (*learner)->step(batch_of(step).view(), rate(step));
    ASSERT_TRUE(report) << report.error().message();
    losses.push_back(static_cast<float>(report->loss));
    norms.push_back(static_cast<float>(report->gradient_norm));
    scales.push_back(static_cast<float>(report->logit_scale));
  }
  const double loss = models::greatest_difference(losses, goldens.at("loss"));
  RecordProperty("greatest_difference_of_loss", std::to_string(loss));
  EXPECT_LT(loss, 1e-4);
  EXPECT_LT(models::greatest_difference(scales, goldens.at("logit_scale")), 1e-3);
  EXPECT_LT(models::greatest_difference(norms, goldens.at("gradient_norm")), 1e-2);
}

INSTANTIATE_TEST_SUITE_P(InMicroBatchesOf, ReferenceLoop, testing::Values(0, 3));

}  // namespace
}  // namespace glimpse::autograd
