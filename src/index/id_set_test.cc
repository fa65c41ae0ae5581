#include "index/id_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>

namespace glimpse::index {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kSmallest = std::numeric_limits<std::int64_t>::min();

TEST(IdSet, EmptyHoldsNothing) {
  const IdSet none;
  EXPECT_TRUE(none.empty());
  for (const std::int64_t id : {kSmallest, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, kLargest}) {
    EXPECT_FALSE(none.contains({id})) << id;
  }
  EXPECT_THAT(none.to_vector(), IsEmpty());
}

TEST(IdSet, CountsRepeatedOnceAndImpossibleNever) {
  const std::vector<ImageId> ids = {{7}, {0}, {3}, {7}, {-5}, {kSmallest}, {3}, {4}};
  const IdSet set(ids);
  EXPECT_EQ(set.size(), 3u);
  EXPECT_THAT(set.to_vector(), ElementsAre(ImageId{3}, ImageId{4}, ImageId{7}));
  for (const std::int64_t id : {kSmallest, std::int64_t{-5}, std::int64_t{0}, std::int64_t{2}, std::int64_t{5}}) {
    EXPECT_FALSE(set.contains({id})) << id;
  }
}

TEST(IdSet, FarApartIdsTakeLittleRoom) {
  const std::vector<ImageId> ids = {{kLargest}, {1}, {kLargest}, {kLargest - 1}};
  const IdSet set(ids);  // as bits this would be an exabyte
  EXPECT_THAT(set.to_vector(), ElementsAre(ImageId{1}, ImageId{kLargest - 1}, ImageId{kLargest}));
  EXPECT_TRUE(set.contains({kLargest}));
  EXPECT_FALSE(set.contains({2}));
}

TEST(IdSet, AgreesWithAStandardSet) {
  std::mt19937_64 random(21);
  for (const std::int64_t range : {100, 5'000, 1'000'000'000}) {  // dense, half, far apart
    std::set<std::int64_t> model;
    std::vector<ImageId> ids;
    for (int i = 0; i < 2'000; ++i) {
      ids.push_back({1'000 + static_cast<std::int64_t>(random()) % range});
      if (ids.back().value >= 1) model.insert(ids.back().value);
    }
    const IdSet set(ids);
    ASSERT_EQ(set.size(), model.size());
    std::vector<ImageId> expected;
    for (const std::int64_t id : model) expected.push_back({id});
    EXPECT_EQ(set.to_vector(), expected);
    for (std::int64_t id = 900; id < 7'000; ++id) ASSERT_EQ(set.contains({id}), model.contains(id)) << id;
    for (const ImageId id : ids) ASSERT_EQ(set.contains(id), id.value >= 1);
  }
}

}  // namespace
}  // namespace glimpse::index
