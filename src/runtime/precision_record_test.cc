#include "runtime/precision_record.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/temp_directory.h"

namespace glimpse::runtime {
namespace {

const std::string kFingerprint = "0123456789abcdef0123456789abcdef";

PrecisionRecord a_record() {
  return {.precision = Precision::kBf16,
          .trials = {{Precision::kInt8, 0.9817}, {Precision::kBf16, 0.99995}},
          .pictures = 16,
          .ranges = {.convolutions = {{.low = -1.5f, .high = 2.25f}},
                     .linears = {{.low = -4, .high = 4, .shifts = {0, 3, -2}}}},
          .words = Precision::kBf16,
          .words_median_cosine = 0.99993};
}

TEST(PrecisionRecord, ComesBackAsItWasWritten) {
  const TempDirectory cache;
  ASSERT_TRUE(write_precision_record(cache.path() / "new", kFingerprint, a_record()));
  const auto read = read_precision_record(cache.path() / "new", kFingerprint);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->precision, Precision::kBf16);
  ASSERT_EQ(read->trials.size(), 2u);
  EXPECT_EQ(read->trials[0].precision, Precision::kInt8);
  EXPECT_NEAR(read->trials[0].median_cosine, 0.9817, 1e-6);
  EXPECT_EQ(read->pictures, 16);
  EXPECT_EQ(read->ranges, a_record().ranges);
  EXPECT_EQ(read->words, Precision::kBf16);
  EXPECT_NEAR(read->words_median_cosine, 0.99993, 1e-9);
}

TEST(PrecisionRecord, OfAnotherModelIsNone) {
  const TempDirectory cache;
  EXPECT_EQ(read_precision_record(cache.path(), kFingerprint).error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(write_precision_record(cache.path(), kFingerprint, a_record()));
  std::string other = kFingerprint;
  other.back() = '0';  // The file's name tells the first half only.
  EXPECT_FALSE(read_precision_record(cache.path(), other));
}

TEST(PrecisionRecord, EveryFlippedByteMakesItUseless) {
  const TempDirectory cache;
  ASSERT_TRUE(write_precision_record(cache.path(), kFingerprint, a_record()));
  const auto path = std::filesystem::directory_iterator(cache.path())->path();
  const std::string whole = *read_text_file(path, 1 << 20);
  for (std::size_t i = 4096; i < whole.size(); i += 7) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    ASSERT_TRUE(write_file_atomically(path, damaged));
    EXPECT_FALSE(read_precision_record(cache.path(), kFingerprint)) << i;
  }
}

}  // namespace
}  // namespace glimpse::runtime
