#include "index/hnsw_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <random>
#include <thread>

#include "index/exact_index.h"
#include "index/graph_search.h"
#include "index/testing.h"

namespace glimpse::index {
namespace {

constexpr std::size_t kDimension = 64, kRows = 20'000;

/// The share of the exact index's ten best that `index` finds too, over 100 queries near rows.
double recall(const VectorIndex& index, const ExactIndex& exact, const Clustered& data, const SearchOptions& options) {
  std::size_t same = 0, all = 0;
  for (std::size_t q = 0; q < 100; ++q) {
    const auto query = data.near_row(q * 173);
    const auto expected = exact.nearest(query, 10, options).value(), got = index.nearest(query, 10, options).value();
    EXPECT_EQ(got.size(), expected.size());
    for (const Neighbor& neighbor : got) {
      EXPECT_TRUE(options.admits(neighbor.id));
      same += static_cast<std::size_t>(std::count(expected.begin(), expected.end(), neighbor));
    }
    all += expected.size();
  }
  return all == 0 ? 1 : static_cast<double>(same) / static_cast<double>(all);
}

class HnswIndexTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    data_ = new Clustered(kDimension, kRows, 41);
    exact_rows_ = new HalvesInMemory(kDimension, data_->rows);
    exact_ = ExactIndex::create(kDimension).value().release();
    ASSERT_TRUE(exact_->upsert(data_->ids, data_->rows));
    index_ = HnswIndex::create(kDimension, {.build_threads = 2, .background = false, .exact_rows = exact_rows_})
                 .value()
                 .release();
    ASSERT_TRUE(index_->upsert(data_->ids, data_->rows));
    ASSERT_TRUE(index_->settle());
    ASSERT_EQ(index_->unlinked(), 0u);
  }
  static void TearDownTestSuite() {
    delete index_;
    delete exact_;
    delete exact_rows_;
    delete data_;
  }
  static IdSet every(std::int64_t nth) {
    std::vector<ImageId> ids;
    for (std::int64_t id = 1; id <= static_cast<std::int64_t>(kRows); id += nth) ids.push_back({id});
    return IdSet(ids);
  }

  static Clustered* data_;
  static HalvesInMemory* exact_rows_;
  static ExactIndex* exact_;
  static HnswIndex* index_;
};
Clustered* HnswIndexTest::data_;
HalvesInMemory* HnswIndexTest::exact_rows_;
ExactIndex* HnswIndexTest::exact_;
HnswIndex* HnswIndexTest::index_;

TEST_F(HnswIndexTest, FindsWhatTheExactIndexFinds) { EXPECT_GE(recall(*index_, *exact_, *data_, {}), 0.99); }

TEST_F(HnswIndexTest, LeavesOneOut) {
  const auto query = data_->row(70);
  EXPECT_EQ(index_->nearest(query, 1)->front().id, ImageId{71});
  EXPECT_NE(index_->nearest(query, 1, {.except = {71}})->front().id, ImageId{71});
}

TEST_F(HnswIndexTest, EachWayToFilterFindsWhatTheExactIndexFinds) {
  const struct {
    IdSet among;
    FilterPlan plan;
  } cases[] = {{every(1), FilterPlan::kPostFilter},
               {IdSet(std::vector<ImageId>(data_->ids.begin(), data_->ids.begin() + 16'000)), FilterPlan::kPostFilter},
               {IdSet(std::vector<ImageId>(data_->ids.begin(), data_->ids.begin() + 9'000)), FilterPlan::kExact},
               {IdSet(std::vector<ImageId>(data_->ids.begin(), data_->ids.begin() + 8'000)), FilterPlan::kExact},
               {every(20), FilterPlan::kExact},
               {every(5'000), FilterPlan::kExact}};
  for (const auto& one : cases) {
    ASSERT_EQ(plan_for(one.among.size(), kRows), one.plan) << one.among.size();
    EXPECT_GE(recall(*index_, *exact_, *data_, {.among = &one.among}), 0.99) << one.among.size();
  }
}

TEST_F(HnswIndexTest, TheWalkThatKeepsSomeFindsThem) {  // at this size plan_for prefers to compare: asked for directly
  const RowCodec codec(kDimension, RowStorage::kByte, best_simd_level());
  const auto contents = index_->contents();
  for (const std::int64_t nth : {2, 5, 20}) {
    const IdSet among = every(nth);
    std::size_t same = 0;
    for (std::size_t q = 0; q < 100; ++q) {
      const auto query = data_->near_row(q * 173);
      const auto prepared = codec.prepare(query).value();
      const auto found =
          search_graph({codec, contents.rows, *contents.graph}, prepared, 42, 96, {.among = &among}).value();
      const auto best = rescore(codec, query, found, 10, *exact_rows_).value();
      const auto expected = exact_->nearest(query, 10, {.among = &among}).value();
      for (const Neighbor& neighbor : best) {
        same += static_cast<std::size_t>(std::count(expected.begin(), expected.end(), neighbor));
      }
    }
    EXPECT_GE(same, 990u) << "every " << nth;
  }
}

TEST_F(HnswIndexTest, ASearchForVeryManyGetsThemAll) {
  EXPECT_EQ(*index_->nearest(data_->near_row(1), 3'000), *exact_->nearest(data_->near_row(1), 3'000));
}

TEST_F(HnswIndexTest, GraphsAreReadBackAndAnyWrongByteOfTheirStructureIsSeen) {
  const auto contents = index_->contents();
  std::vector<std::byte> bytes;
  contents.graph->save([&](std::span<const std::byte> piece) {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    return true;
  });
  EXPECT_EQ(bytes.size(), contents.graph->saved_bytes());
  auto loaded = HnswGraph::load(bytes, kRows, contents.graph->parameters());
  ASSERT_TRUE(loaded) << loaded.error().message();
  const auto again = HnswIndex::create({kDimension, RowStorage::kByte, contents.rows, *loaded},
                                       {.background = false, .exact_rows = exact_rows_})
                         .value();
  for (std::size_t q = 0; q < 20; ++q) {
    EXPECT_EQ(*again->nearest(data_->near_row(q), 10), *index_->nearest(data_->near_row(q), 10));
  }
  // Without the file's hash in front of it, the check alone must keep what is loaded from being walked into the void.
  std::mt19937_64 random(5);
  const RowCodec codec(kDimension, RowStorage::kByte, best_simd_level());
  const auto query = data_->near_row(9);
  for (int i = 0; i < 300; ++i) {
    auto damaged = bytes;
    const std::size_t at = i < 40 ? static_cast<std::size_t>(i) : random() % damaged.size();
    damaged[at] ^= static_cast<std::byte>(1u << (random() % 8));
    if (i % 10 == 9) damaged.resize(random() % damaged.size());
    const auto graph = HnswGraph::load(damaged, kRows, contents.graph->parameters());
    if (!graph) {
      EXPECT_EQ(graph.error().code(), ErrorCode::kCorruption);
      continue;
    }
    EXPECT_TRUE(
        (*graph)->search(codec, codec.prepare(query).value(), contents.rows, 10, 50, [](auto) { return true; }));
  }
  const auto refused = [&](std::size_t at, std::uint32_t value) {
    auto forged = bytes;
    std::memcpy(forged.data() + at, &value, sizeof(value));
    const auto graph = HnswGraph::load(forged, kRows, contents.graph->parameters());
    return !graph && graph.error().code() == ErrorCode::kCorruption;
  };
  constexpr std::size_t kFirstNode = 40 + 2 * kRows, kLinks = kFirstNode + 6;
  EXPECT_TRUE(refused(kFirstNode, 7)) << "another number";
  const auto room = static_cast<std::uint32_t>(2 * contents.graph->parameters().m);
  EXPECT_TRUE(refused(kLinks, room + 1)) << "more links than there is room for";
  EXPECT_TRUE(refused(kLinks + 4, kRows)) << "a link to a node that is not there";
  EXPECT_TRUE(refused(0, kRows + 1)) << "another size";
  EXPECT_FALSE(HnswGraph::load(bytes, kRows - 1, contents.graph->parameters()));
  EXPECT_FALSE(HnswGraph::load(bytes, kRows, {.m = 8}));
}

TEST(HnswIndex, RefusesWrongInput) {
  EXPECT_EQ(HnswIndex::create(0).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(HnswIndex::create(4, {.parameters = {.m = 1}}).error().code(), ErrorCode::kInvalidArgument);
  const auto index = HnswIndex::create(2, {.background = false}).value();
  const ImageId ids[] = {{1}};
  EXPECT_EQ(index->upsert(ids, std::vector<float>{1}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(index->nearest(std::vector<float>{1}, 1).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(index->nearest(std::vector<float>{1, 0}, 1)->empty());
  ASSERT_TRUE(index->settle());
  EXPECT_TRUE(index->nearest(std::vector<float>{1, 0}, 1)->empty());
}

/// Random insertions, updates and removals, with the graph extended and compacted now and then, against a map.
TEST(HnswIndex, RandomChangesAgreeWithAMap) {
  constexpr std::size_t kWidth = 16;
  std::mt19937_64 random(51);
  const auto index =
      HnswIndex::create(kWidth, {.parameters = {.m = 8, .ef_construction = 32}, .background = false}).value();
  std::map<std::int64_t, std::vector<float>> model;
  std::size_t found_first = 0, rounds = 0;
  for (int round = 0; round < 50; ++round) {
    std::vector<ImageId> ids, gone;
    std::vector<float> rows;
    for (std::size_t i = 0, n = random() % 800; i < n; ++i) {
      ids.push_back({static_cast<std::int64_t>(1 + random() % 9000)});
      model[ids.back().value] = unit_vector(kWidth, random());
      const auto& row = model[ids.back().value];
      rows.insert(rows.end(), row.begin(), row.end());
    }
    ASSERT_TRUE(index->upsert(ids, rows));
    for (std::size_t i = 0, n = random() % 900; i < n; ++i)
      gone.push_back({static_cast<std::int64_t>(1 + random() % 9000)});
    index->erase(gone);
    for (const ImageId id : gone) model.erase(id.value);
    if (round % 4 == 0) {
      ASSERT_TRUE(index->settle());
    }
    ASSERT_EQ(index->size(), model.size());
    ASSERT_EQ(index->ids().size(), model.size());
    if (model.empty()) continue;
    auto pick = model.lower_bound(static_cast<std::int64_t>(random() % 9000));
    if (pick == model.end()) pick = model.begin();
    const auto found = index->nearest(pick->second, 5).value();
    for (const Neighbor& neighbor : found) ASSERT_TRUE(model.contains(neighbor.id.value));
    found_first += !found.empty() && found.front().id.value == pick->first ? 1 : 0;
    ++rounds;
  }
  EXPECT_GE(found_first + 1, rounds);  // a row is its own nearest
}

TEST(HnswIndex, BuildsInTheBackgroundWhileItIsSearchedAndChanged) {
  constexpr std::size_t kWidth = 16, kMany = 12'000;
  const Clustered data(kWidth, kMany, 61);
  std::atomic<int> built{0};
  const auto index =
      HnswIndex::create(kWidth, {.parameters = {.m = 8, .ef_construction = 32}, .settled = [&] { ++built; }}).value();
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    for (std::size_t q = 0; !stop; ++q) {
      const auto found = index->nearest(data.near_row(q), 10);
      ASSERT_TRUE(found);
      for (const Neighbor& neighbor : *found) ASSERT_GE(neighbor.id.value, 1);
    }
  });
  constexpr std::size_t kStep = 1'000;
  for (std::size_t first = 0; first < kMany; first += kStep) {
    const auto rows = std::span(data.rows).subspan(first * kWidth, kStep * kWidth);
    ASSERT_TRUE(index->upsert(std::span(data.ids).subspan(first, kStep), rows));
  }
  const auto wait_for = [&](const auto& reached) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    while (!reached() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    return reached();
  };
  EXPECT_TRUE(wait_for([&] { return built >= 1 && index->unlinked() < kMany; }));
  index->erase(std::span(data.ids).first(kMany / 2));  // compaction
  ASSERT_TRUE(index->upsert(std::span(data.ids).first(10), std::span(data.rows).first(10 * kWidth)));
  EXPECT_TRUE(wait_for([&] { return index->contents().rows.total() < kMany; }));
  EXPECT_EQ(index->size(), kMany / 2 + 10);
  EXPECT_EQ(index->nearest(data.row(3), 1)->front().id, ImageId{4});
  EXPECT_EQ(index->nearest(data.row(kMany - 1), 1)->front().id, ImageId{static_cast<std::int64_t>(kMany)});
  stop = true;
  reader.join();
}

TEST(HnswIndex, EndsAtOnceWhileItIsBuilding) {
  constexpr std::size_t kWidth = 16, kMany = 60'000;
  const Clustered data(kWidth, kMany, 71);
  const auto index = HnswIndex::create(kWidth).value();
  ASSERT_TRUE(index->upsert(data.ids, data.rows));
  // Destroyed here: this test hangs for long if the build is not given up.
}

}  // namespace
}  // namespace glimpse::index
