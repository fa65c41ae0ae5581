#include "library/thumbnail_cache.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "base/file.h"
#include "base/temp_directory.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;

std::vector<std::byte> bytes_of(std::size_t size, int seed) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 31 + static_cast<std::size_t>(seed));
  return bytes;
}

fs::path only_file(const fs::path& directory) {
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) return entry.path();
  }
  return {};
}

TEST(ThumbnailCache, KeepsAndFindsBySizeAndContent) {
  TempDirectory temp;
  const auto bytes = bytes_of(500, 1);
  ASSERT_TRUE(ThumbnailCache::open(temp.path() / "t").value()->put({1, 2}, 256, bytes));
  const auto cache = ThumbnailCache::open(temp.path() / "t").value();
  EXPECT_EQ(cache->find({1, 2}, 256), bytes);
  EXPECT_FALSE(cache->find({1, 2}, 512));
  EXPECT_FALSE(cache->find({2, 1}, 256));
  EXPECT_GT(cache->size_bytes(), 500u);
}

TEST(ThumbnailCache, EveryFlippedByteAndTruncationIsAMiss) {
  TempDirectory temp;
  const auto cache = ThumbnailCache::open(temp.path()).value();
  const auto bytes = bytes_of(40, 2);
  ASSERT_TRUE(cache->put({3, 4}, 64, bytes));
  const fs::path file = only_file(temp.path());
  const auto good = read_file(file, 1 << 20).value();
  for (std::size_t i = 0; i < 2 * good.size(); ++i) {
    auto bad = good;
    if (i < good.size()) {
      bad[i] ^= std::byte{0x10};
    } else {
      bad.resize(i - good.size());
    }
    ASSERT_TRUE(write_file_atomically(file, bad));
    ASSERT_FALSE(cache->find({3, 4}, 64)) << "case " << i;
    ASSERT_FALSE(fs::exists(file)) << "a damaged file is removed";
  }
  ASSERT_TRUE(write_file_atomically(file, good));
  EXPECT_EQ(cache->find({3, 4}, 64), bytes);
}

TEST(ThumbnailCache, FileUnderAnotherKeysNameIsAMiss) {
  TempDirectory temp;
  const auto cache = ThumbnailCache::open(temp.path()).value();
  ASSERT_TRUE(cache->put({3, 4}, 64, bytes_of(40, 2)));
  const fs::path file = only_file(temp.path());
  fs::copy_file(file, file.parent_path() / (Hash128{3, 4}.hex() + "-65.thumb"));
  EXPECT_FALSE(cache->find({3, 4}, 65));
}

TEST(ThumbnailCache, RemovesWhatWasUnusedLongest) {
  TempDirectory temp;
  const auto cache = ThumbnailCache::open(temp.path(), 10'000).value();
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(48);
  for (std::uint64_t i = 0; i < 9; ++i) {
    ASSERT_TRUE(cache->put({i, 0}, 1, bytes_of(952, static_cast<int>(i))));  // 1000 bytes with its header
  }
  for (const auto& entry : fs::recursive_directory_iterator(temp.path())) {
    if (entry.is_regular_file()) fs::last_write_time(entry.path(), old);
  }
  ASSERT_TRUE(cache->find({0, 0}, 1));  // used again, so the youngest
  ASSERT_TRUE(cache->put({9, 0}, 1, bytes_of(952, 9)));
  ASSERT_TRUE(cache->put({10, 0}, 1, bytes_of(952, 10)));
  EXPECT_LE(cache->size_bytes(), 9'000u);
  EXPECT_TRUE(cache->find({0, 0}, 1));
  EXPECT_TRUE(cache->find({10, 0}, 1));
}

TEST(ThumbnailCache, StrayTemporaryFilesOfACrashAreRemoved) {
  TempDirectory temp;
  std::ofstream(temp.path() / "x.thumb.1.0.tmp") << "half";
  std::ofstream(temp.path() / "y.thumb.1.0.tmp") << "half";
  fs::last_write_time(temp.path() / "x.thumb.1.0.tmp", fs::file_time_type::clock::now() - std::chrono::hours(2));
  ASSERT_TRUE(ThumbnailCache::open(temp.path()));
  EXPECT_FALSE(fs::exists(temp.path() / "x.thumb.1.0.tmp"));
  EXPECT_TRUE(fs::exists(temp.path() / "y.thumb.1.0.tmp")) << "another program may be writing it now";
}

}  // namespace
}  // namespace glimpse::library
