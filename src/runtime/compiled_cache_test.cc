#include "runtime/compiled_cache.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <vector>

#include "base/temp_directory.h"

namespace glimpse::runtime {
namespace {

class CompiledFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (std::size_t i = kCompiledHeaderBytes; i < bytes_.size(); ++i) bytes_[i] = static_cast<std::byte>(i % 251);
    ASSERT_TRUE(write_compiled_file(path_, "key", 2, bytes_));
  }
  void overwrite(std::span<const std::byte> bytes) {
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  TempDirectory temp_;
  std::filesystem::path path_ = temp_.path() / "m.compiled";
  std::vector<std::byte> bytes_ = std::vector<std::byte>(kCompiledHeaderBytes + 3000);
};

TEST_F(CompiledFileTest, GivesThePayloadBack) {
  const auto file = CompiledFile::open(path_, "key");
  ASSERT_TRUE(file) << file.error().message();
  ASSERT_EQ(file->payload().size(), 3000u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file->payload().data()) % 4096, 0u);
  EXPECT_EQ(file->parts(), 2u);
  file->release_pages();
  EXPECT_TRUE(std::equal(file->payload().begin(), file->payload().end(), bytes_.begin() + kCompiledHeaderBytes));
}

TEST_F(CompiledFileTest, AnotherKeyIsRefused) {
  EXPECT_EQ(CompiledFile::open(path_, "other").error().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(CompiledFile::open(temp_.path() / "absent", "key").error().code(), ErrorCode::kNotFound);
}

TEST_F(CompiledFileTest, EveryCutIsRefused) {
  for (const std::size_t size : {0, 1, 79, 80, 4095, 4096, 4097, 7095}) {
    overwrite(std::span(bytes_).first(size));
    EXPECT_FALSE(CompiledFile::open(path_, "key")) << size;
  }
  std::vector<std::byte> longer = bytes_;
  longer.push_back({});
  overwrite(longer);
  EXPECT_FALSE(CompiledFile::open(path_, "key"));
}

TEST_F(CompiledFileTest, EveryFlippedBitOfHeaderAndPayloadIsRefused) {
  for (std::size_t at = 0; at < bytes_.size(); at += at < 80 ? 1 : 97) {
    if (at >= 80 && at < kCompiledHeaderBytes) continue;  // the header's padding means nothing
    for (int bit = 0; bit < 8; ++bit) {
      std::vector<std::byte> damaged = bytes_;
      damaged[at] ^= static_cast<std::byte>(1 << bit);
      overwrite(damaged);
      EXPECT_FALSE(CompiledFile::open(path_, "key")) << at << ":" << bit;
    }
  }
}

}  // namespace
}  // namespace glimpse::runtime
