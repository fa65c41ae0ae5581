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
    ASSERT_TRUE(write_compiled_file(path_, "key", 2, [&](std::ostream& stream) {
      const auto* payload = reinterpret_cast<const char*>(bytes_.data()) + kCompiledHeaderBytes;
      stream.write(payload, 1000).write(payload, 2000);  // a writer may come back and write again
      stream.seekp(kCompiledHeaderBytes).write(payload, 3000);
    }));
    const auto written = read_file(path_, 1 << 20);
    ASSERT_TRUE(written);
    ASSERT_TRUE(std::equal(bytes_.begin() + kCompiledHeaderBytes, bytes_.end(), written->begin() + kCompiledHeaderBytes,
                           written->end()));
    bytes_ = *written;
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

TEST_F(CompiledFileTest, AWriterThatFailsLeavesTheOldFileAndNothingElse) {
  EXPECT_THROW(static_cast<void>(write_compiled_file(path_, "key", 2,
                                                     [](std::ostream& stream) {
                                                       stream << "half";
                                                       throw std::runtime_error("no more");
                                                     })),
               std::runtime_error);
  const auto broken = [](std::ostream& stream) { stream.setstate(std::ios::badbit); };  // as a full disk does
  EXPECT_EQ(write_compiled_file(path_, "key", 2, broken).error().code(), ErrorCode::kIo);
  EXPECT_TRUE(CompiledFile::open(path_, "key"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(temp_.path()), {}), 1);
}

}  // namespace
}  // namespace glimpse::runtime
