#include "train/sampler.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <set>

#include "train/augment.h"
#include "train/batch_stream.h"
#include "train/random.h"
#include "train/schedule.h"
#include "train/small_run.h"

namespace glimpse::train {
namespace {

/// Pictures with captions drawn from a small pool, and some that are the same.
Dataset tangled(std::size_t pictures, std::size_t captions, std::uint64_t seed) {
  Random random({seed});
  Dataset data;
  for (std::size_t c = 0; c < captions; ++c) data.captions.push_back({"caption", c / 2});
  for (std::size_t i = 0; i < pictures; ++i) {
    Picture picture{
        .name = std::to_string(i), .sha1 = {}, .captions = {}, .group = i - (random.below(10) == 0 && i > 0)};
    std::set<std::size_t> own;
    while (own.size() < 1 + i % 3) own.insert(random.below(captions));
    picture.captions.assign(own.begin(), own.end());
    data.pictures.push_back(picture);
  }
  return data;
}

std::vector<std::size_t> all_of(const Dataset& data) {
  std::vector<std::size_t> pictures(data.pictures.size());
  std::iota(pictures.begin(), pictures.end(), std::size_t{0});
  return pictures;
}

bool false_negative(const Dataset& data, const Example& a, const Example& b) {
  if (data.pictures[a.picture].group == data.pictures[b.picture].group) return true;
  for (const std::size_t caption : data.pictures[b.picture].captions) {
    if (data.captions[caption].meaning == data.captions[a.caption].meaning) return true;
  }
  return false;
}

TEST(Sampler, NoBatchHoldsAFalseNegativeAndNoPictureComesTwice) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Dataset data = tangled(300, 80 + 10 * seed, seed);
    for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
      const EpochPlan plan = plan_epoch(data, all_of(data), 16, seed, epoch);
      std::set<std::size_t> seen;
      for (const auto& batch : plan.batches) {
        EXPECT_GE(batch.size(), 2u);
        EXPECT_LE(batch.size(), 16u);
        for (const Example& a : batch) {
          EXPECT_TRUE(seen.insert(a.picture).second);
          for (const Example& b : batch) {
            if (a == b) continue;
            ASSERT_FALSE(false_negative(data, a, b)) << "seed " << seed;
          }
        }
      }
      EXPECT_EQ(seen.size() + plan.left_out, data.pictures.size());
    }
  }
}

TEST(Sampler, HangsOnSeedAndEpochAndTakesCaptionsInTurns) {
  SmallData small(40);
  const Dataset data = small.survey();
  const auto pictures = all_of(data);
  EXPECT_EQ(plan_epoch(data, pictures, 8, 1, 0).batches, plan_epoch(data, pictures, 8, 1, 0).batches);
  EXPECT_NE(plan_epoch(data, pictures, 8, 1, 0).batches, plan_epoch(data, pictures, 8, 2, 0).batches);
  EXPECT_NE(plan_epoch(data, pictures, 8, 1, 0).batches, plan_epoch(data, pictures, 8, 1, 1).batches);
  std::map<std::size_t, std::set<std::size_t>> said;
  for (std::uint64_t epoch = 0; epoch < 2; ++epoch) {
    for (const auto& batch : plan_epoch(data, pictures, 8, 1, epoch).batches) {
      for (const Example& example : batch) said[example.picture].insert(example.caption);
    }
  }
  for (const auto& [picture, captions] : said) EXPECT_EQ(captions.size(), 2u) << picture;
}

TEST(Sampler, LabelsGiveBatchesAsLargeAsThereAreLabels) {
  Dataset data;
  for (std::size_t c = 0; c < 7; ++c) data.captions.push_back({"label", c});
  for (std::size_t i = 0; i < 700; ++i)
    data.pictures.push_back({.name = "p", .sha1 = {}, .captions = {i % 7}, .group = i});
  const EpochPlan plan = plan_epoch(data, all_of(data), 64, 1, 0);
  EXPECT_GE(plan.batches.size(), 90u);
  for (const auto& batch : plan.batches) EXPECT_LE(batch.size(), 7u);
}

TEST(Schedule, RisesThenFallsToZero) {
  const Schedule schedule{.peak = 2, .warmup = 10, .total = 110};
  EXPECT_DOUBLE_EQ(schedule.rate(0), 0.2);
  EXPECT_DOUBLE_EQ(schedule.rate(9), 2);
  EXPECT_DOUBLE_EQ(schedule.rate(10), 2);
  EXPECT_DOUBLE_EQ(schedule.rate(60), 1);
  EXPECT_NEAR(schedule.rate(110), 0, 1e-12);
}

class Looks : public testing::Test {
 protected:
  std::vector<float> look_of(const Augmentation& augmentation, bool mirror, LookSeed seed) {
    std::vector<float> out(3 * 8 * 8);
    EXPECT_TRUE(look(image_, spec_, augmentation, mirror, seed, out));
    return out;
  }
  /// The mean of the left half less that of the right.
  static double lean(const std::vector<float>& pixels) {
    double sum = 0;
    for (std::size_t i = 0; i < pixels.size(); ++i) sum += i % 8 < 4 ? pixels[i] : -pixels[i];
    return sum;
  }

  image::PreprocessSpec spec_ = {.resize_size = 8, .crop_size = 8};
  image::Image image_ = [] {
    image::Image image{.width = 40, .height = 30, .rgb = std::vector<std::uint8_t>(3600)};
    for (std::size_t i = 0; i < image.rgb.size(); ++i)
      image.rgb[i] = static_cast<std::uint8_t>(i / 3 % 40 < 20 ? 40 : 200);
    return image;
  }();
};

TEST_F(Looks, NoneIsTheModelsOwnPreprocessing) {
  std::vector<float> expected(3 * 8 * 8);
  ASSERT_TRUE(image::preprocess(image_, spec_, expected));
  EXPECT_EQ(look_of({}, true, {1, 2, 3}), expected);
}

TEST_F(Looks, HangsOnSeedEpochAndPicture) {
  const auto strong = *parse_augmentation("strong");
  const auto once = look_of(strong, true, {1, 2, 3});
  EXPECT_EQ(look_of(strong, true, {1, 2, 3}), once);
  EXPECT_NE(look_of(strong, true, {2, 2, 3}), once);
  EXPECT_NE(look_of(strong, true, {1, 3, 3}), once);
  EXPECT_NE(look_of(strong, true, {1, 2, 4}), once);
}

TEST_F(Looks, MirrorsHalfOfThemUnlessItMayNot) {
  const Augmentation flips{.least_area = 0.99, .stretch = 1, .flip = true, .jitter = 0};
  spec_.mode = image::ResizeMode::kSquash;
  int mirrored = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    mirrored += lean(look_of(flips, true, {1, 0, i})) > 0 ? 1 : 0;
    EXPECT_LT(lean(look_of(flips, false, {1, 0, i})), 0);
  }
  EXPECT_GT(mirrored, 70);
  EXPECT_LT(mirrored, 130);
}

TEST(TellsSides, FindsWholeWords) {
  EXPECT_TRUE(tells_sides("A dog on the LEFT."));
  EXPECT_TRUE(tells_sides("turn right"));
  EXPECT_FALSE(tells_sides("a bright leftover"));
}

}  // namespace
}  // namespace glimpse::train
