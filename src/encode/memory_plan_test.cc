#include "encode/memory_plan.h"

#include <gtest/gtest.h>

#include "encode/testing.h"

namespace glimpse::encode {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr MemoryNeeds kNeeds{
    .resident = 300 * kMiB, .peak = 500 * kMiB, .input_picture = kMiB, .scratch_picture = 4 * kMiB};

MemoryPlan plan(std::uint64_t budget) {
  const auto planned = plan_memory({budget, true}, kNeeds, 2, 8);
  EXPECT_TRUE(planned) << planned.error().message();
  return planned ? *planned : MemoryPlan{};
}

TEST(MemoryPlan, PlentyLeavesEverythingAsWanted) {
  const MemoryPlan all = plan(4096 * kMiB);
  EXPECT_EQ(all.lanes, 2);
  EXPECT_EQ(all.batch_size, 8);
  EXPECT_EQ(all.read_ahead_bytes, 128 * kMiB);
  EXPECT_GT(all.decoded_bytes, 3000 * kMiB);
}

TEST(MemoryPlan, IsNeverMoreThanTheBudget) {
  for (std::uint64_t budget = 500 * kMiB; budget < 1500 * kMiB; budget += 7 * kMiB) {
    const MemoryPlan p = plan(budget);
    const auto lanes = static_cast<std::uint64_t>(p.lanes), batch = static_cast<std::uint64_t>(p.batch_size);
    const std::uint64_t used = kNeeds.resident + p.read_ahead_bytes + p.decoded_bytes +
                               (lanes + 1) * batch * kNeeds.input_picture + lanes * batch * kNeeds.scratch_picture;
    EXPECT_LE(used, budget);
    EXPECT_GE(p.decoded_bytes, 64 * kMiB);
    EXPECT_GE(p.lanes, 1);
    EXPECT_GE(p.batch_size, 1);
  }
}

TEST(MemoryPlan, SmallerBatchesFirstThenFewerLanes) {
  constexpr MemoryNeeds kHungry{
      .resident = 300 * kMiB, .peak = 300 * kMiB, .input_picture = kMiB, .scratch_picture = 50 * kMiB};
  const auto at = [&](std::uint64_t budget) { return *plan_memory({budget, true}, kHungry, 2, 8); };
  EXPECT_EQ(at(900 * kMiB).lanes, 2);
  EXPECT_EQ(at(900 * kMiB).batch_size, 4);
  EXPECT_EQ(at(480 * kMiB).lanes, 1);
  EXPECT_EQ(at(480 * kMiB).batch_size, 1);
}

TEST(MemoryPlan, TooLittleIsRefusedWithTheLeastThatWorks) {
  const auto refused = plan_memory({400 * kMiB, true}, kNeeds, 2, 8);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message().find("it needs 501 MB at least"), std::string::npos) << refused.error().message();
  EXPECT_TRUE(plan_memory({501 * kMiB, true}, kNeeds, 2, 8));
  const auto least = plan_memory({400 * kMiB, false}, kNeeds, 2, 8);  // nobody asked for so little
  ASSERT_TRUE(least);
  EXPECT_GE(least->batch_size, 1);
}

TEST(MemoryPlan, IsMeasuredAndPutIntoThePipeline) {
  std::atomic<int> batches{0};
  ImageModel model = mean_colour_model(batches);
  PipelineOptions options{.batch_size = 8};
  ASSERT_TRUE(fit_into_memory({}, model, options));
  EXPECT_EQ(options.decoded_bytes, 0u);
  ASSERT_TRUE(fit_into_memory({1024 * kMiB, true}, model, options));
  EXPECT_EQ(batches, 2);
  EXPECT_EQ(options.batch_size, 8);
  EXPECT_GT(options.decoded_bytes, 64 * kMiB);
  EXPECT_FALSE(fit_into_memory({1, true}, model, options));
}

}  // namespace
}  // namespace glimpse::encode
