#include "train/batch_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "train/small_run.h"

namespace glimpse::train {
namespace {

constexpr std::size_t kPictures = 6;

class Keys : public testing::Test {
 protected:
  SmallData files_{kPictures};
  Dataset data_ = files_.survey();

  StreamOptions options(const char* augment, std::uint64_t versions, std::uint64_t epoch) const {
    StreamOptions made{.augmentation = *parse_augmentation(augment), .seed = 3, .epoch = epoch, .versions = versions};
    made.preprocess.resize_size = made.preprocess.crop_size = 8;
    made.keeps = [](const Hash128&) { return false; };
    return made;
  }
  PairBatch batch(const StreamOptions& options) const {
    ExampleBatch examples;
    for (std::size_t i = 0; i < kPictures; ++i) examples.push_back({i, data_.pictures[i].captions.front()});
    const std::vector<ExampleBatch> batches = {examples};
    auto made = BatchStream(data_, batches, options).next();
    if (!made) throw std::runtime_error(made.error().message());
    return *std::move(made);
  }
};

TEST_F(Keys, EqualKeysHaveEqualPixelsAndDifferentLooksDifferentKeys) {
  for (const char* augment : {"mild", "strong"}) {
    const PairBatch first = batch(options(augment, 2, 0)), second = batch(options(augment, 2, 1)),
                    third = batch(options(augment, 2, 2));
    EXPECT_EQ(first.keys, third.keys);
    EXPECT_EQ(first.pixels, third.pixels);
    EXPECT_NE(first.pixels, second.pixels);
    std::set<Hash128> keys(first.keys.begin(), first.keys.end());
    keys.insert(second.keys.begin(), second.keys.end());
    EXPECT_EQ(keys.size(), 2 * kPictures);
  }
  EXPECT_EQ(batch(options("none", 0, 0)).keys, batch(options("none", 0, 5)).keys);
  EXPECT_NE(batch(options("none", 0, 0)).keys, batch(options("mild", 1, 0)).keys);
}

TEST_F(Keys, ThereAreNoneWhereEachEpochLooksAnewOrNobodyAsks) {
  EXPECT_TRUE(batch(options("mild", 0, 0)).keys.empty());
  StreamOptions unasked = options("none", 0, 0);
  unasked.keeps = {};
  EXPECT_TRUE(batch(unasked).keys.empty());
}

TEST_F(Keys, WhatIsKeptIsNotReadAgain) {
  const PairBatch whole = batch(options("none", 0, 0));
  StreamOptions some = options("none", 0, 0);
  some.keeps = [&](const Hash128& key) { return key == whole.keys[2]; };
  std::filesystem::remove(data_.path_of(2));  // nobody opens it
  PairBatch rest = batch(some);
  const std::size_t values = whole.pixels.size() / kPictures;
  ASSERT_EQ(rest.pixels.size(), whole.pixels.size());
  for (std::size_t i = 0; i < whole.pixels.size(); ++i) {
    ASSERT_EQ(rest.pixels[i], i / values == 2 ? 0 : whole.pixels[i]);
  }
  some.keeps = [](const Hash128&) { return true; };
  EXPECT_TRUE(batch(some).pixels.empty());
  EXPECT_EQ(batch(some).texts, whole.texts);
}

}  // namespace
}  // namespace glimpse::train
