#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/result.h"
#include "base/temp_directory.h"
#include "base/utf8.h"

namespace glimpse {
namespace {

Result<int> positive(int value) {
  if (value <= 0) return Error::invalid_argument("{} is not positive", value);
  return value;
}

Result<int> doubled(int value) {
  GLIMPSE_ASSIGN_OR_RETURN(const int checked, positive(value));
  return checked * 2;
}

TEST(Result, CarriesValueOrErrorWithContext) {
  EXPECT_EQ(doubled(21).value(), 42);
  const auto failed = doubled(-1).with_context("answer");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(failed.error().message(), "answer: -1 is not positive");
}

TEST(File, WritesAtomicallyAndReadsBack) {
  const TempDirectory directory;
  const auto path = directory.path() / "a.txt";
  ASSERT_TRUE(write_file_atomically(path, "first"));
  ASSERT_TRUE(write_file_atomically(path, "second"));
  EXPECT_EQ(read_text_file(path, 100).value(), "second");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(File, RefusesMissingTooLargeFifoAndDirectory) {
  const TempDirectory directory;
  EXPECT_EQ(read_file(directory.path() / "none", 10).error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(write_file_atomically(directory.path() / "big", "0123456789"));
  EXPECT_EQ(read_file(directory.path() / "big", 9).error().code(), ErrorCode::kResourceExhausted);
  ASSERT_EQ(::mkfifo((directory.path() / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(read_file(directory.path() / "fifo", 10).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(read_file(directory.path(), 10).error().code(), ErrorCode::kInvalidArgument);
}

TEST(File, MapsEmptyAndFullFiles) {
  const TempDirectory directory;
  ASSERT_TRUE(write_file_atomically(directory.path() / "empty", ""));
  ASSERT_TRUE(write_file_atomically(directory.path() / "full", "abc"));
  EXPECT_TRUE(MappedFile::open(directory.path() / "empty")->bytes().empty());
  auto mapped = MappedFile::open(directory.path() / "full");
  ASSERT_TRUE(mapped);
  EXPECT_EQ(mapped->bytes().size(), 3u);
  EXPECT_EQ(static_cast<char>(mapped->bytes()[1]), 'b');
}

TEST(Utf8, ReplacesEachIllFormedSubpartOnce) {
  EXPECT_EQ(valid_utf8("caf\xC3\xA9"), "caf\xC3\xA9");
  EXPECT_EQ(valid_utf8("a\xFF"), "a\xEF\xBF\xBD");
  EXPECT_EQ(valid_utf8("\xE2\x82"), "\xEF\xBF\xBD");                              // cut short: one
  EXPECT_EQ(valid_utf8("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");                  // overlong: two
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // surrogate: three
  EXPECT_FALSE(is_valid_utf8("\xF4\x90\x80\x80"));
  EXPECT_TRUE(is_valid_utf8("\xF0\x9F\x98\x80"));
}

TEST(Hash, StreamingEqualsWhole) {
  Hasher hasher;
  hasher.add("hello ");
  hasher.add("world");
  EXPECT_EQ(hasher.finish(), hash128("hello world"));
  EXPECT_EQ(hash128("").hex(), "99aa06d3014798d86001c324468d497f");  // XXH3-128 of nothing, xxHash's own test vector
}

TEST(BoundedQueue, KeepsOrderBlocksAndCloses) {
  BoundedQueue<int> queue(2);
  std::thread producer([&] {
    for (int i = 0; i < 1000; ++i) queue.push(i);
    queue.close();
  });
  int expected = 0;
  while (auto item = queue.pop()) EXPECT_EQ(*item, expected++);
  producer.join();
  EXPECT_EQ(expected, 1000);
  EXPECT_FALSE(queue.push(1));
}

}  // namespace
}  // namespace glimpse
