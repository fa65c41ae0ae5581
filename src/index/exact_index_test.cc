#include "index/exact_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <random>
#include <thread>

#include "index/testing.h"

namespace glimpse::index {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::unique_ptr<ExactIndex> make_index(std::size_t dimension, const ExactIndexOptions& options = {}) {
  return ExactIndex::create(dimension, options).value();
}

void put(ExactIndex& index, std::int64_t id, const std::vector<float>& row) {
  const ImageId ids[] = {{id}};
  ASSERT_TRUE(index.upsert(ids, row));
}

double dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

TEST(ExactIndex, BestFirstAndTiesByAscendingId) {
  auto index = make_index(2);
  put(*index, 9, {1, 0});
  put(*index, 3, {1, 0});
  put(*index, 5, {0, 1});
  put(*index, 4, {1, 0});
  const auto found = index->nearest(std::vector<float>{1, 0}, 3).value();
  EXPECT_THAT(found, ElementsAre(Neighbor{{3}, 1}, Neighbor{{4}, 1}, Neighbor{{9}, 1}));
  EXPECT_EQ(index->nearest(std::vector<float>{1, 0}, 100)->size(), 4u);
  EXPECT_THAT(*index->nearest(std::vector<float>{1, 0}, 0), IsEmpty());
}

TEST(ExactIndex, OnlyThoseAdmittedAreFound) {
  auto index = make_index(2);
  for (int id = 1; id <= 10; ++id) put(*index, id, {1, 0});
  const std::vector<float> query = {1, 0};
  const IdSet few(std::vector<ImageId>{{8}, {4}, {77}});  // looked up
  EXPECT_THAT(*index->nearest(query, 3, {.among = &few}), ElementsAre(Neighbor{{4}, 1}, Neighbor{{8}, 1}));
  EXPECT_THAT(*index->nearest(query, 3, {.among = &few, .except = {4}}), ElementsAre(Neighbor{{8}, 1}));
  const IdSet many(std::vector<ImageId>{{2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}});  // scanned
  EXPECT_THAT(*index->nearest(query, 2, {.among = &many, .except = {2}}),
              ElementsAre(Neighbor{{3}, 1}, Neighbor{{4}, 1}));
  EXPECT_THAT(*index->nearest(query, 1, {.except = {1}}), ElementsAre(Neighbor{{2}, 1}));
  const IdSet none;
  EXPECT_THAT(*index->nearest(query, 3, {.among = &none}), IsEmpty());
}

TEST(ExactIndex, RefusesWrongInput) {
  auto index = make_index(2);
  put(*index, 1, {1, 0});
  const ImageId ids[] = {{2}};
  const ImageId zero[] = {{0}};
  EXPECT_EQ(index->upsert(ids, std::vector<float>{1, 0, 0}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(index->upsert(zero, std::vector<float>{1, 0}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(index->nearest(std::vector<float>{1}, 1).error().code(), ErrorCode::kInvalidArgument);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(index->nearest(std::vector<float>{1, nan}, 1).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ExactIndex::create(0).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(index->size(), 1u);
}

/// Random insertions, updates and removals against a std::map, searched by full sort.
void run_model_test(const ExactIndexOptions& options, std::uint64_t seed) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  constexpr std::size_t kDimension = 24;
  std::mt19937_64 random(seed);
  auto index = make_index(kDimension, options);
  std::map<std::int64_t, std::vector<float>> model;
  for (int round = 0; round < 60; ++round) {
    std::vector<ImageId> ids;
    std::vector<float> rows;
    for (std::size_t i = 0, n = random() % 400; i < n; ++i) {
      ids.push_back({static_cast<std::int64_t>(1 + random() % 9000)});
      const auto row = unit_vector(kDimension, random());
      rows.insert(rows.end(), row.begin(), row.end());
      model[ids.back().value] = row;
    }
    ASSERT_TRUE(index->upsert(ids, rows));
    std::vector<ImageId> gone;
    for (std::size_t i = 0, n = random() % 600; i < n; ++i)
      gone.push_back({static_cast<std::int64_t>(1 + random() % 9000)});
    index->erase(gone);
    for (const ImageId id : gone) model.erase(id.value);
    ASSERT_EQ(index->size(), model.size());
    ASSERT_EQ(index->ids().size(), model.size());

    std::vector<ImageId> some;  // of ids that are there and that are not; few or many
    for (std::size_t i = 0, n = random() % 2 == 0 ? 100 : 9000; i < n; ++i)
      some.push_back({static_cast<std::int64_t>(1 + random() % 9000)});
    const IdSet among(some);
    const SearchOptions search = {.among = round % 3 == 0 ? nullptr : &among, .except = {some[0]}};
    const auto query = unit_vector(kDimension, random());
    std::vector<double> scores;
    for (const auto& [id, row] : model) {
      if (search.admits({id})) scores.push_back(dot(query, row));
    }
    std::sort(scores.rbegin(), scores.rend());
    const auto found = index->nearest(query, 10, search).value();
    ASSERT_EQ(found.size(), std::min<std::size_t>(10, scores.size()));
    const double tolerance = options.storage == RowStorage::kByte   ? 2e-2
                             : options.storage == RowStorage::kHalf ? 1e-3
                                                                    : 1e-5;
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_TRUE(model.contains(found[i].id.value) && search.admits(found[i].id));
      ASSERT_NEAR(found[i].score, dot(query, model[found[i].id.value]), tolerance);
      ASSERT_NEAR(found[i].score, scores[i], tolerance);
    }
  }
}

TEST(ExactIndex, RandomChangesAgreeWithAMap) {
  for (const SimdLevel simd : {SimdLevel::kScalar, SimdLevel::kAvx2, SimdLevel::kAvx512, SimdLevel::kVnni}) {
    if (!supported(simd)) continue;
    run_model_test({.storage = RowStorage::kHalf, .simd = simd}, 11);
    run_model_test({.storage = RowStorage::kFloat, .simd = simd}, 12);
    run_model_test({.storage = RowStorage::kByte, .simd = simd}, 13);
  }
}

TEST(ExactIndex, ThreadsChangeNothing) {
  constexpr std::size_t kDimension = 4, kRows = 210'000;
  auto one = make_index(kDimension), three = make_index(kDimension, {.threads = 3});
  std::vector<ImageId> ids;
  std::vector<float> rows;
  std::mt19937 random(7);
  for (std::size_t i = 0; i < kRows; ++i) {
    ids.push_back({static_cast<std::int64_t>(kRows - i)});
    for (std::size_t d = 0; d < kDimension; ++d) rows.push_back(static_cast<float>(random() % 8));  // many ties
  }
  ASSERT_TRUE(one->upsert(ids, rows));
  ASSERT_TRUE(three->upsert(ids, rows));
  const std::vector<float> query = {1, 0.5f, 0.25f, 0.125f};
  EXPECT_EQ(*one->nearest(query, 1000), *three->nearest(query, 1000));
}

TEST(ExactIndex, RowsOfBytesWithExactRowsAnswerAsRowsOfHalves) {
  constexpr std::size_t kDimension = 64, kRows = 20'000;
  const Clustered data(kDimension, kRows, 31);
  const HalvesInMemory exact_rows(kDimension, data.rows);
  auto halves = make_index(kDimension);
  auto bytes = make_index(kDimension, {.storage = RowStorage::kByte, .exact_rows = &exact_rows});
  ASSERT_TRUE(halves->upsert(data.ids, data.rows));
  ASSERT_TRUE(bytes->upsert(data.ids, data.rows));
  std::size_t same = 0, all = 0;
  for (std::size_t q = 0; q < 200; ++q) {
    const auto query = data.near_row(q * 91);
    const auto expected = halves->nearest(query, 10).value(), got = bytes->nearest(query, 10).value();
    ASSERT_EQ(got.size(), expected.size());
    for (const Neighbor& neighbor : got) {  // ids and scores are those of the halves
      same += static_cast<std::size_t>(std::count(expected.begin(), expected.end(), neighbor));
    }
    all += expected.size();
  }
  EXPECT_GE(static_cast<double>(same), 0.999 * static_cast<double>(all));
  const IdSet few(std::vector<ImageId>{{5}, {70}, {900}});
  EXPECT_EQ(*bytes->nearest(data.near_row(3), 2, {.among = &few}),
            *halves->nearest(data.near_row(3), 2, {.among = &few}));
}

TEST(ExactIndex, RowsThatAreGoneFromTheExactOnesAreLeftOut) {
  const HalvesInMemory exact_rows(2, std::vector<float>{1, 0});  // of id 1 alone
  auto index = make_index(2, {.storage = RowStorage::kByte, .exact_rows = &exact_rows});
  put(*index, 1, {1, 0});
  put(*index, 2, {1, 0});
  EXPECT_THAT(*index->nearest(std::vector<float>{1, 0}, 2), ElementsAre(Neighbor{{1}, 1}));
}

TEST(ExactIndex, RowsOfBytesTakeZerosAndTheSmallestNumbers) {
  auto index = make_index(2, {.storage = RowStorage::kByte});
  put(*index, 1, {0, 0});
  put(*index, 2, {1e-44f, -1e-44f});
  put(*index, 3, {-1, 0.5f});
  const auto found = index->nearest(std::vector<float>{1, 0}, 3).value();
  EXPECT_EQ(found[0].score, 0);
  EXPECT_EQ(found[2].id, ImageId{3});
  EXPECT_NEAR(found[2].score, -1, 1e-6);
}

TEST(ExactIndex, SearchesSeeWholeRowsWhileRowsChange) {
  // Every row is (v, v, ..., v)/4, v = +1 or -1: a torn row would score strictly between -1 and 1.
  constexpr std::size_t kDimension = 16;
  auto index = make_index(kDimension);
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    std::mt19937 random(5);
    for (int i = 0; i < 4000; ++i) {
      const ImageId ids[] = {{static_cast<std::int64_t>(1 + random() % 300)}, {static_cast<std::int64_t>(301 + i)}};
      std::vector<float> rows(2 * kDimension, random() % 2 == 0 ? 0.25f : -0.25f);
      ASSERT_TRUE(index->upsert(ids, rows));
      if (i % 3 == 0) index->erase(ids);
    }
    stop = true;
  });
  std::vector<std::thread> readers;
  for (int r = 0; r < 2; ++r) {
    readers.emplace_back([&] {
      const std::vector<float> query(kDimension, 0.25f);
      while (!stop) {
        const auto found = index->nearest(query, 50).value();
        for (const Neighbor& neighbor : found) ASSERT_EQ(std::abs(neighbor.score), 1.0f);
      }
    });
  }
  writer.join();
  for (auto& reader : readers) reader.join();
}

}  // namespace
}  // namespace glimpse::index
