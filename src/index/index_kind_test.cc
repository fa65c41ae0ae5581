#include "index/index_kind.h"

#include <gtest/gtest.h>

namespace glimpse::index {
namespace {

constexpr std::uint64_t kMB = 1'000'000;

TEST(IndexKind, IsChosenBySizeAndMemory) {
  EXPECT_EQ(choose_index(0, 512, 0), IndexKind::kExact);
  EXPECT_EQ(choose_index(100'000, 512, 0), IndexKind::kExact);
  EXPECT_EQ(choose_index(100'000, 512, 200 * kMB), IndexKind::kExact);
  EXPECT_EQ(choose_index(100'000, 512, 60 * kMB), IndexKind::kExactByte);
  EXPECT_EQ(choose_index(1'000'000, 512, 0), IndexKind::kHnsw);
  EXPECT_EQ(choose_index(1'000'000, 512, 2'000 * kMB), IndexKind::kHnsw);
  EXPECT_EQ(choose_index(1'000'000, 512, 600 * kMB), IndexKind::kExactByte);
  EXPECT_EQ(choose_index(1'000'000, 512, 1), IndexKind::kExactByte);  // nothing is smaller
  EXPECT_EQ(choose_index(1'000'000, 64, 0), IndexKind::kExact);
}

TEST(IndexKind, NamesAreReadBack) {
  for (const IndexKind kind : {IndexKind::kExact, IndexKind::kExactByte, IndexKind::kHnsw}) {
    EXPECT_EQ(parse_index_kind(name_of(kind)).value(), kind);
    const auto index = make_index(kind, 8, {}).value();
    EXPECT_EQ(index->contents().storage, storage_of(kind));
  }
  EXPECT_EQ(parse_index_kind("ivf").error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(make_index(IndexKind::kHnsw, make_index(IndexKind::kExact, 8, {}).value()->contents(), {}).error().code(),
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace glimpse::index
