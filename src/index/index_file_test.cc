#include "index/index_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <random>

#include "base/file.h"
#include "base/temp_directory.h"
#include "index/exact_index.h"
#include "index/hnsw_index.h"
#include "index/index_kind.h"
#include "index/testing.h"

namespace glimpse::index {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDimension = 16, kRows = 3'000;

class IndexFileTest : public testing::TestWithParam<IndexKind> {
 protected:
  void SetUp() override {
    index_ = make_index(GetParam(), kDimension, {.background = false}).value();
    ASSERT_TRUE(index_->upsert(data_.ids, data_.rows));
    index_->erase(std::vector<ImageId>{{17}, {2'999}});
    if (auto* hnsw = dynamic_cast<HnswIndex*>(index_.get())) {
      ASSERT_TRUE(hnsw->settle());
    }
    source_.model = hash128("a model");
    source_.generation = 3;
    source_.last_sequence = 5'017;
    source_.last_checksum = -9;
    source_.losses = 2;
    source_.damaged = {{17}};
    ASSERT_TRUE(save_index(path_, source_, index_->contents()));
    bytes_ = read_file(path_, 1 << 30).value();
  }

  void overwrite(std::span<const std::byte> bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }

  IndexSource expected() const {
    IndexSource source;
    source.model = source_.model;
    source.generation = source_.generation;
    return source;
  }
  Result<IndexFile> load() const { return load_index(path_, expected(), storage_of(GetParam()), kDimension, {}); }

  const Clustered data_{kDimension, kRows, 81};
  TempDirectory temp_;
  const fs::path path_ = temp_.path() / "rows.index";
  std::unique_ptr<VectorIndex> index_;
  IndexSource source_;
  std::vector<std::byte> bytes_;
};

TEST_P(IndexFileTest, GivesBackWhatWasSaved) {
  EXPECT_TRUE(check_index_file(path_));
  auto loaded = load();
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->source.last_sequence, 5'017);
  EXPECT_EQ(loaded->source.last_checksum, -9);
  EXPECT_EQ(loaded->source.losses, 2);
  EXPECT_EQ(loaded->source.damaged, source_.damaged);
  const auto again = make_index(GetParam(), std::move(loaded->contents), {.background = false}).value();
  EXPECT_EQ(again->size(), kRows - 2);
  for (std::size_t q = 0; q < 30; ++q) {
    EXPECT_EQ(*again->nearest(data_.near_row(q), 10), *index_->nearest(data_.near_row(q), 10));
  }
  // It can be changed like any other.
  ASSERT_TRUE(again->upsert(std::vector<ImageId>{{17}}, data_.row(16)));
  EXPECT_EQ(again->nearest(data_.row(16), 1)->front().id, ImageId{17});
}

TEST_P(IndexFileTest, AnyOtherByteIsSeen) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 500; ++i) {
    auto damaged = bytes_;
    const std::size_t at = i < 160   ? static_cast<std::size_t>(i)                             // header and first ids
                           : i < 180 ? damaged.size() - 1 - static_cast<std::size_t>(i - 160)  // hash, end of the graph
                                     : random() % damaged.size();
    damaged[at] ^= static_cast<std::byte>(1u << (random() % 8));
    overwrite(damaged);
    const auto loaded = load();
    ASSERT_FALSE(loaded) << "byte " << at;
    ASSERT_EQ(loaded.error().code(), ErrorCode::kCorruption) << loaded.error().message();
    ASSERT_FALSE(check_index_file(path_)) << "byte " << at;
  }
}

TEST_P(IndexFileTest, ACutOrLongerFileIsSeen) {
  std::mt19937_64 random(8);
  for (int i = 0; i < 60; ++i) {
    auto cut = bytes_;
    cut.resize(i < 20 ? static_cast<std::size_t>(i) * 8 : random() % bytes_.size());
    overwrite(cut);
    ASSERT_EQ(load().error().code(), ErrorCode::kCorruption);
    ASSERT_EQ(check_index_file(path_).error().code(), ErrorCode::kCorruption);
  }
  auto longer = bytes_;
  longer.push_back(std::byte{0});
  overwrite(longer);
  EXPECT_EQ(load().error().code(), ErrorCode::kCorruption);
}

TEST_P(IndexFileTest, AFileOfSomethingElseIsNotTaken) {
  IndexSource other = expected();
  other.model = hash128("another model");
  EXPECT_FALSE(load_index(path_, other, storage_of(GetParam()), kDimension, {}));
  other = expected();
  other.generation = 4;
  EXPECT_FALSE(load_index(path_, other, storage_of(GetParam()), kDimension, {}));
  EXPECT_FALSE(load_index(path_, expected(), storage_of(GetParam()), kDimension + 1, {}));
  EXPECT_FALSE(load_index(path_, expected(), RowStorage::kFloat, kDimension, {}));
  EXPECT_EQ(load_index(path_, expected(), storage_of(GetParam()), kDimension, {.m = 8}).has_value(),
            GetParam() != IndexKind::kHnsw);
  EXPECT_EQ(load_index(temp_.path() / "none", expected(), RowStorage::kHalf, kDimension, {}).error().code(),
            ErrorCode::kNotFound);
}

TEST_P(IndexFileTest, HonestHashesDoNotMakeWrongIdsRight) {
  const auto sealed = [&](std::size_t at, std::int64_t id) {
    auto forged = bytes_;
    std::memcpy(forged.data() + at, &id, sizeof(id));
    const Hash128 hash = hash128(std::span(forged).first(forged.size() - sizeof(Hash128)));
    std::memcpy(forged.data() + forged.size() - sizeof(hash), &hash, sizeof(hash));
    overwrite(forged);
    return load();
  };
  constexpr std::size_t kFirstId = 112;
  EXPECT_TRUE(sealed(kFirstId, 77'000));
  EXPECT_EQ(sealed(kFirstId, 2).error().code(), ErrorCode::kCorruption);  // twice
  EXPECT_EQ(sealed(kFirstId, -1).error().code(), ErrorCode::kCorruption);
}

INSTANTIATE_TEST_SUITE_P(All, IndexFileTest,
                         testing::Values(IndexKind::kExact, IndexKind::kExactByte, IndexKind::kHnsw),
                         [](const auto& kind) {
                           std::string name(name_of(kind.param));
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace glimpse::index
