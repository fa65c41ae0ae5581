#include "encode/batch_choice.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/file.h"
#include "base/temp_directory.h"
#include "encode/testing.h"

namespace glimpse::encode {
namespace {

using namespace std::chrono_literals;

TEST(BatchChoice, TheFastestUnlessTheUsualIsAsGood) {
  EXPECT_EQ(choose_batch(std::vector<BatchRate>{{2, 90}, {4, 102}, {8, 100}, {16, 104.9}}), 8);
  EXPECT_EQ(choose_batch(std::vector<BatchRate>{{2, 120}, {4, 110}, {8, 100}, {16, 90}}), 2);
  EXPECT_EQ(choose_batch(std::vector<BatchRate>{{2, 90}, {16, 95}}), 16);
  EXPECT_EQ(choose_batch({}), 8);
}

TEST(BatchChoice, MeasuresEachSizeInEveryLane) {
  std::atomic<int> batches{0};
  const ImageModel model = mean_colour_model(batches);
  const auto rates = measure_batches(model, 0ms, 2);
  ASSERT_TRUE(rates);
  ASSERT_EQ(rates->size(), 4u);
  for (const BatchRate& rate : *rates) EXPECT_GT(rate.pictures_per_second, 0);
  EXPECT_EQ(batches, 2 * 4 * model.lanes);
}

TEST(BatchChoice, AFailingModelIsAnError) {
  std::atomic<int> batches{0};
  ImageModel model = mean_colour_model(batches);
  model.embed = [](std::span<const float>, int, std::span<float>) -> Result<void> { return Error::internal("broken"); };
  EXPECT_EQ(measure_batches(model, 0ms, 1).error().message(), "broken");
}

TEST(BatchChoice, IsMeasuredOnceAndOnlyForManyPictures) {
  const TempDirectory cache;
  std::atomic<int> batches{0};
  ImageModel model = mean_colour_model(batches);
  model.key = "tiny|f32|2x2";
  model.cache_dir = cache.path();
  EXPECT_EQ(batch_for(model, 10).value(), kUsualBatch);
  EXPECT_EQ(batches, 0);
  const int chosen = batch_for(model, 1'000'000).value();
  EXPECT_GT(batches, 0);
  batches = 0;
  EXPECT_EQ(batch_for(model, 1'000'000).value(), chosen);
  EXPECT_EQ(batch_for(model, 10).value(), chosen);
  EXPECT_EQ(batches, 0);
}

TEST(BatchChoice, ADamagedFileOrAnotherKeysCountsAsAbsent) {
  const TempDirectory cache;
  const auto path = cache.path() / "x.batch";
  ASSERT_TRUE(write_batch_file(path, "key", 16));
  EXPECT_EQ(read_batch_file(path, "key"), 16);
  EXPECT_EQ(read_batch_file(path, "other"), std::nullopt);
  const std::string whole = read_text_file(path, 1000).value();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] ^= 1;
    std::ofstream(path, std::ios::binary) << damaged;
    EXPECT_EQ(read_batch_file(path, "key"), std::nullopt) << at;
    std::ofstream(path, std::ios::binary) << whole.substr(0, at);
    EXPECT_EQ(read_batch_file(path, "key"), std::nullopt) << at;
  }
}

}  // namespace
}  // namespace glimpse::encode
