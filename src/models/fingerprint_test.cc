#include "models/fingerprint.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "base/file.h"
#include "base/temp_directory.h"

namespace glimpse::models {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;

class FingerprintTest : public ::testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& bytes) {
    std::ofstream(temp_.path() / name, std::ios::binary) << bytes;
    fs::last_write_time(temp_.path() / name, fs::file_time_type::clock::now() - hours(1));
    return temp_.path() / name;
  }
  std::string cached() const {
    const auto text = read_text_file(temp_.path() / "cache/content-hashes", 1 << 20);
    return text ? *text : std::string();
  }
  TempDirectory temp_;
};

TEST_F(FingerprintTest, DependsOnEveryPartAndItsRole) {
  const fs::path a = write("a", "one");
  const fs::path b = write("b", "two");
  const auto of = [](std::vector<FingerprintPart> parts) { return fingerprint(parts, {}).value(); };
  const std::string base = of({{"x", a}, {"y", b}});
  EXPECT_EQ(base, of({{"x", a}, {"y", b}}));
  EXPECT_NE(base, of({{"x", b}, {"y", a}}));
  EXPECT_NE(base, of({{"z", a}, {"y", b}}));
  EXPECT_NE(base, of({{"x", a}}));
  write("b", "twO");
  EXPECT_NE(base, of({{"x", a}, {"y", b}}));
}

TEST_F(FingerprintTest, LargeFilesAreRememberedUntilTheyChange) {
  const fs::path file = write("weights", std::string(2 << 20, 'w'));
  const auto first = content_hash(file, temp_.path() / "cache");
  ASSERT_TRUE(first);
  EXPECT_NE(cached().find(first->hex()), std::string::npos);

  // The cache answers: a wrong hash in it comes back.
  const std::string key = cached().substr(0, cached().find(first->hex()));
  const std::string forged = key + std::string(32, '7');
  std::ofstream(temp_.path() / "cache/content-hashes") << forged << ' ' << hash128(forged).hex() << '\n';
  EXPECT_EQ(content_hash(file, temp_.path() / "cache")->hex(), std::string(32, '7'));

  // Another state of the file is read again.
  std::ofstream(file, std::ios::binary | std::ios::app) << "x";
  EXPECT_NE(content_hash(file, temp_.path() / "cache")->hex(), std::string(32, '7'));
}

TEST_F(FingerprintTest, AFileThatJustChangedIsNotRemembered) {
  const fs::path file = write("weights", std::string(2 << 20, 'w'));
  fs::last_write_time(file, fs::file_time_type::clock::now());
  ASSERT_TRUE(content_hash(file, temp_.path() / "cache"));
  EXPECT_EQ(cached(), "");
}

TEST_F(FingerprintTest, ADamagedCacheIsNoMoreThanAMiss) {
  const fs::path file = write("weights", std::string(2 << 20, 'w'));
  const Hash128 right = content_hash(file, {}).value();
  fs::create_directories(temp_.path() / "cache");
  for (const std::string& damage : {std::string("\n\n1 2 3\n"), std::string(3 << 20, 'x'), std::string("\xff\0 ", 3)}) {
    std::ofstream(temp_.path() / "cache/content-hashes", std::ios::binary) << damage;
    EXPECT_EQ(content_hash(file, temp_.path() / "cache").value(), right);
  }
}

// Found by damaging each file of a library and its caches: the model passed for another one, until the cache was
// deleted.
TEST_F(FingerprintTest, AFlippedDigitOfARememberedHashIsAMiss) {
  const fs::path file = write("weights", std::string(2 << 20, 'w'));
  const Hash128 right = content_hash(file, temp_.path() / "cache").value();
  std::string damaged = cached();
  char& digit = damaged.at(damaged.find(right.hex()) + 3);
  digit = digit == '0' ? '1' : '0';
  std::ofstream(temp_.path() / "cache/content-hashes") << damaged;
  EXPECT_EQ(content_hash(file, temp_.path() / "cache").value(), right);
}

TEST_F(FingerprintTest, WhatIsNoFileIsAnError) {
  EXPECT_EQ(content_hash(temp_.path() / "absent", {}).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(content_hash(temp_.path(), {}).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace glimpse::models
