#include "autograd/feature_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/temp_directory.h"

namespace glimpse::autograd {
namespace {

std::vector<std::byte> bytes_of(int number, std::size_t size = 100) {
  return std::vector<std::byte>(size, static_cast<std::byte>(number));
}
Hash128 key(int number) { return hash128(std::to_string(number)); }

TEST(FeatureStore, KeepsInMemoryThenOnDiskThenNoMore) {
  const TempDirectory directory;
  FeatureStore store({.memory_bytes = 500, .spill = directory.path(), .disk_bytes = 350});
  for (int i = 0; i < 8; ++i) store.keep(key(i), bytes_of(i));
  const FeatureUse use = store.use();
  EXPECT_EQ(use.rows, 5u);  // two in memory, each with its entry; three on disk
  EXPECT_LE(use.memory_bytes, 500u);
  EXPECT_EQ(use.disk_bytes, 300u);
  for (int i = 0; i < 8; ++i) {
    const auto found = store.find(key(i));
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->has_value(), i < 5) << i;
    EXPECT_EQ(store.holds(key(i)), i < 5);
    if (*found) {
      EXPECT_EQ(**found, bytes_of(i));
    }
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));  // the file has no name
}

TEST(FeatureStore, WhatIsKeptStaysAsItWas) {
  FeatureStore store({.memory_bytes = 1000});
  store.keep(key(1), bytes_of(1));
  store.keep(key(1), bytes_of(2));
  EXPECT_EQ(**store.find(key(1)), bytes_of(1));
  EXPECT_EQ(store.use().rows, 1u);
}

TEST(FeatureStore, ADirectoryThatIsNotThereMeansMemoryAlone) {
  FeatureStore store({.memory_bytes = 0, .spill = "/nowhere/at/all", .disk_bytes = 1 << 20});
  store.keep(key(1), bytes_of(1));
  EXPECT_FALSE(store.holds(key(1)));
  EXPECT_FALSE(store.find(key(1))->has_value());
}

}  // namespace
}  // namespace glimpse::autograd
