#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/file.h"
#include "base/temp_directory.h"
#include "library/library.h"
#include "library/library_test_support.h"
#include "library/sqlite.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;
using Depth = Library::CheckDepth;

struct LibraryRepairTest : testing::Test {
  TempDirectory temp;
  fs::path directory = temp.path() / "library";
  std::unique_ptr<Library> library = Library::open(directory, {.create = true}).value();
  RootId root = library->add_root(temp.path())->root;
  Generation generation = library->open_generation(test_model(16)).value();

  void put(std::uint64_t first, std::uint64_t count) {
    WriteBatch batch;
    for (std::uint64_t i = first; i < first + count; ++i) {
      batch.put_picture(test_facts(root, fmt::format("{}.jpg", i), i), generation.id, unit_vector(16, i));
      batch.put_caption(test_facts(root, "", i).content, {{CaptionSource::kFile, "data.csv"}, "a dog"});
    }
    ASSERT_TRUE(library->commit(batch));
  }

  void damage(const char* sql) {
    auto connection = Connection::open(directory / "library.sqlite", ConnectionMode::kReadWrite).value();
    const auto done = connection->execute(sql);
    ASSERT_TRUE(done) << done.error().message();
  }
};

TEST_F(LibraryRepairTest, DamagedVectorsOfEveryGenerationAreForgotten) {
  put(0, 20);
  const auto other = library->open_generation(test_model(8, "f2"))->id;
  WriteBatch batch;
  batch.put_vector({3}, other, unit_vector(8, 3));
  ASSERT_TRUE(library->commit(batch));
  damage(
      "UPDATE vectors SET halves = zeroblob(32) WHERE sequence IN (5, 7); "
      "UPDATE vectors SET checksum = 1 WHERE generation = 2; "
      "PRAGMA foreign_keys=OFF; UPDATE vectors SET picture = 77 WHERE sequence = 9");
  EXPECT_FALSE(library->check(Depth::kFull)->ok());
  const auto repair = library->repair();
  ASSERT_TRUE(repair) << repair.error().message();
  EXPECT_EQ(repair->vectors, 4);
  EXPECT_EQ(library->status()->pictures, 20);
  EXPECT_EQ(library->status()->vectors, 17);
  EXPECT_TRUE(library->check(Depth::kFull)->ok());
}

TEST_F(LibraryRepairTest, AnIndexOfWordsThatDisagreesIsBuiltAnew) {
  put(0, 5);
  damage("INSERT INTO caption_words (caption_words) VALUES ('delete-all')");
  EXPECT_EQ(library->search_captions("dog", 10, 0)->total, 0);
  EXPECT_TRUE(library->repair()->rebuilt_words);
  EXPECT_EQ(library->search_captions("dog", 10, 0)->total, 5);
  EXPECT_TRUE(library->check(Depth::kFull)->ok());
}

TEST_F(LibraryRepairTest, ASoundLibraryIsLeftAlone) {
  put(0, 5);
  const auto repair = library->repair().value();
  EXPECT_EQ(repair.vectors, 0);
  EXPECT_FALSE(repair.rebuilt_indexes || repair.rebuilt_words);
  EXPECT_TRUE(library->expose_damaged_pictures()->empty());
}

TEST_F(LibraryRepairTest, ACopyIsOfOneMomentWhileAnotherThreadWrites) {
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (std::uint64_t i = 0; !stop; ++i) put(i * 5, 5);
  });
  const auto reader = Library::open(directory, {.access = Access::kReadOnly}).value();
  std::int64_t last = -1;
  for (int i = 0; i < 10; ++i) {
    const fs::path copy = temp.path() / fmt::format("copy-{}", i);
    fs::create_directory(copy);
    const auto copied = reader->copy_to(copy / "library.sqlite");
    ASSERT_TRUE(copied) << copied.error().message();
    const auto library_copy = Library::open(copy, {.access = Access::kReadOnly}).value();
    const auto status = library_copy->status().value();
    EXPECT_EQ(status.pictures % 5, 0) << "half a batch";
    EXPECT_EQ(status.vectors, status.pictures);
    EXPECT_EQ(library_copy->captioned_pictures().value(), status.pictures);
    EXPECT_GE(status.pictures, last);
    EXPECT_TRUE(library_copy->check(Depth::kFull)->ok());
    last = status.pictures;
  }
  stop = true;
  writer.join();
  EXPECT_EQ(reader->copy_to(temp.path() / "copy-0/library.sqlite").error().code(), ErrorCode::kAlreadyExists);
}

TEST_F(LibraryRepairTest, CopyingWritesNothingBesideTheLibrary) {
  put(0, 50);
  library.reset();
  const auto before = read_file(directory / "library.sqlite", 1 << 24).value();
  {
    const auto reader = Library::open(directory, {.access = Access::kReadOnly}).value();
    ASSERT_TRUE(reader->copy_to(temp.path() / "copy"));
  }
  EXPECT_EQ(read_file(directory / "library.sqlite", 1 << 24).value(), before);
}

// One bit of a row's header makes a number a blob: writing the row again then breaks a rule that we never break.
TEST(DamagedRow, OfAnotherTypeIsCorruptionAndNoBugOfOurs) {
  const TempDirectory temp;
  const fs::path file = temp.path() / "rows.sqlite";
  auto connection = Connection::open(file, ConnectionMode::kCreate).value();
  ASSERT_TRUE(
      connection->execute("CREATE TABLE rows (number INTEGER NOT NULL, text TEXT NOT NULL) STRICT;"
                          "INSERT INTO rows VALUES (1000000, 'hello-marker')"));
  connection.reset();
  std::string bytes = read_text_file(file, 1 << 20).value();
  const auto text = bytes.find("hello-marker");
  ASSERT_NE(text, std::string::npos);
  char& type = bytes[text - 5];  // header: its size, type of number, type of text; then three bytes of number
  ASSERT_EQ(type, 3);
  type = 18;
  ASSERT_TRUE(write_file_atomically(file, bytes));
  connection = Connection::open(file, ConnectionMode::kReadWrite).value();
  const auto written = connection->execute("UPDATE rows SET text = 'other'");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), ErrorCode::kCorruption) << written.error().message();
}

TEST(DamagedRow, WithAnothersKeyIsCorruptionToo) {
  const TempDirectory temp;
  const fs::path file = temp.path() / "rows.sqlite";
  auto connection = Connection::open(file, ConnectionMode::kCreate).value();
  ASSERT_TRUE(
      connection->execute("CREATE TABLE rows (name TEXT NOT NULL UNIQUE, number INTEGER NOT NULL) STRICT;"
                          "INSERT INTO rows VALUES ('a', 1), ('b', 2)"));
  const auto written = connection->execute("UPDATE rows SET name = 'a' WHERE number = 2");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), ErrorCode::kCorruption) << written.error().message();
}

}  // namespace
}  // namespace glimpse::library
