#include "runtime/limits.h"

#include <gtest/gtest.h>

#include "models/goldens_for_tests.h"

namespace glimpse::runtime {
namespace {

TEST(Limits, MatrixProductsRunInEveryPrecision) {
  for (const Precision precision : {Precision::kF32, Precision::kBf16, Precision::kInt8}) {
    const auto rate = matmul_rate(precision, /*threads=*/2, /*seconds=*/0, /*size=*/64);
    ASSERT_TRUE(rate) << rate.error().message();
    EXPECT_GT(*rate, 0);
  }
  EXPECT_EQ(matmul_rate(Precision::kF32, 1, 0, 0).error().code(), ErrorCode::kInvalidArgument);
}

TEST(Limits, CountsWhatTheTowerMultiplies) {
  const auto model = models::open_dual_encoder(models::model_data("tiny-clip"));
  ASSERT_TRUE(model) << model.error().message();
  const auto operations = picture_operations(**model);
  ASSERT_TRUE(operations) << operations.error().message();
  // 16 patches of 8 x 8 and a class token, width 48, feed-forward 96, 2 blocks, 32 numbers out.
  constexpr double kPatches = 16.0 * 48 * 3 * 64, kProjections = 4.0 * 17 * 48 * 48, kFeedForward = 2.0 * 17 * 48 * 96,
                   kAttention = 2.0 * 17 * 17 * 48, kOut = 48.0 * 32;
  EXPECT_EQ(*operations, 2 * (kPatches + 2 * (kProjections + kFeedForward + kAttention) + kOut));
}

TEST(Limits, CountsWhatASentenceTakes) {
  const auto model = models::open_dual_encoder(models::model_data("tiny-clip"));
  ASSERT_TRUE(model) << model.error().message();
  const auto work = sentence_work(**model, 7);
  ASSERT_TRUE(work) << work.error().message();
  // Width 48, feed-forward 96, 2 blocks, 32 numbers out of one token. The table of embeddings is looked up, not read.
  constexpr double kBlock = 4.0 * 48 * 48 + 2.0 * 48 * 96, kOut = 48.0 * 32, kAttention = 2.0 * 7 * 7 * 48;
  EXPECT_EQ(work->weights, 2 * kBlock + kOut);
  EXPECT_EQ(work->operations, 2 * (2 * (7 * kBlock + kAttention) + kOut));
  EXPECT_EQ(sentence_work(**model, 0).error().code(), ErrorCode::kInvalidArgument);
}

TEST(Limits, ReadsMemory) {
  for (const int threads : {1, 3}) {
    const auto rate = memory_read_rate(threads, /*seconds=*/0);
    ASSERT_TRUE(rate) << rate.error().message();
    EXPECT_GT(*rate, 1e6);
  }
}

TEST(Limits, CountsConvolutions) {
  const auto model = models::open_dual_encoder(models::model_data("tiny-dual"));
  ASSERT_TRUE(model) << model.error().message();
  const auto operations = picture_operations(**model);
  ASSERT_TRUE(operations) << operations.error().message();
  EXPECT_GT(*operations, 1e6);
}

}  // namespace
}  // namespace glimpse::runtime
