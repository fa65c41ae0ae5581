// Libraries of schema 1, made by its statements as they were: brought up, read as they are, and killed
// on the way.
#include "library/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "base/file.h"
#include "base/temp_directory.h"
#include "library/library.h"
#include "library/library_test_support.h"
#include "library/sqlite.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kSchema1 = R"sql(
CREATE TABLE roots (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path BLOB NOT NULL UNIQUE,
  state INTEGER NOT NULL,
  added_at_ms INTEGER NOT NULL,
  checksum INTEGER
) STRICT;
CREATE TABLE pictures (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  root INTEGER NOT NULL REFERENCES roots(id) ON DELETE CASCADE,
  name BLOB NOT NULL,
  size_bytes INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  content BLOB NOT NULL,
  format TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  orientation INTEGER NOT NULL,
  indexed_at_ms INTEGER NOT NULL,
  checksum INTEGER,
  UNIQUE (root, name)
) STRICT;
CREATE INDEX pictures_by_content ON pictures (content, size_bytes);
CREATE INDEX pictures_by_time ON pictures (mtime_ns DESC, id DESC);
CREATE TABLE failures (
  root INTEGER NOT NULL REFERENCES roots(id) ON DELETE CASCADE,
  name BLOB NOT NULL,
  size_bytes INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  reason TEXT NOT NULL,
  message TEXT NOT NULL,
  first_seen_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  PRIMARY KEY (root, name)
) STRICT;
CREATE TABLE generations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  model TEXT NOT NULL,
  fingerprint TEXT NOT NULL UNIQUE,
  dimension INTEGER NOT NULL,
  model_directory BLOB NOT NULL,
  created_at_ms INTEGER NOT NULL,
  state INTEGER NOT NULL,
  checksum INTEGER
) STRICT;
CREATE UNIQUE INDEX one_active_generation ON generations (state) WHERE state = 1;
CREATE TABLE vectors (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  picture INTEGER NOT NULL REFERENCES pictures(id) ON DELETE CASCADE,
  generation INTEGER NOT NULL REFERENCES generations(id) ON DELETE CASCADE,
  halves BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  UNIQUE (picture, generation)
) STRICT;
CREATE TABLE settings (
  key TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) STRICT;
)sql";

/// Three pictures and their vectors, in a file as that schema left it.
void make_schema_1(const fs::path& directory, const fs::path& photos) {
  fs::create_directories(directory);
  fs::create_directories(photos);
  auto db = Connection::open(directory / "library.sqlite", ConnectionMode::kCreate).value();
  ASSERT_TRUE(db->execute("PRAGMA page_size=8192; PRAGMA journal_mode=DELETE; PRAGMA application_id=0x474C4D50;"));
  ASSERT_TRUE(db->execute(kSchema1));
  ASSERT_TRUE(db->execute("PRAGMA user_version = 1"));
  ASSERT_TRUE(db->run("INSERT INTO roots (path, state, added_at_ms) VALUES (?, 0, 7)", photos));
  ASSERT_TRUE(
      db->execute("INSERT INTO generations (model, fingerprint, dimension, model_directory, created_at_ms, state) "
                  "VALUES ('test/model', 'f1', 4, CAST('/models/test' AS BLOB), 7, 1);"
                  "UPDATE roots SET checksum = glimpse_sum(id, path, state, added_at_ms);"
                  "UPDATE generations SET checksum = glimpse_sum(id, model, fingerprint, dimension, model_directory, "
                  "created_at_ms, state);"));
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto facts = test_facts({1}, fmt::format("{}.jpg", seed), seed);
    ASSERT_TRUE(
        db->run("INSERT INTO pictures (root, name, size_bytes, mtime_ns, content, format, width, height, "
                "orientation, indexed_at_ms) VALUES (1, ?, ?, ?, ?, 'jpeg', ?, ?, 1, 7)",
                facts.name, facts.stamp.size_bytes, facts.stamp.mtime_ns, std::as_bytes(std::span(&facts.content, 1)),
                facts.width, facts.height));
  }
  ASSERT_TRUE(
      db->execute("UPDATE pictures SET checksum = glimpse_sum(id, root, name, size_bytes, mtime_ns, content, format, "
                  "width, height, orientation, indexed_at_ms);"));
}

struct Schema1 : testing::Test {
  TempDirectory temp;
  fs::path directory = temp.path() / "library";
  fs::path photos = temp.path() / "photos";
  Schema1() { make_schema_1(directory, photos); }
};

void expect_whole(const Library& library) {
  EXPECT_EQ(library.status()->pictures, 3);
  EXPECT_EQ(library.picture({2})->name, "2.jpg");
  EXPECT_EQ(library.active_generation().value()->fingerprint, "f1");
  EXPECT_THAT(library.check(Library::CheckDepth::kFull)->problems, testing::IsEmpty());
}

TEST_F(Schema1, IsBroughtUpWhenOpenedForWriting) {
  auto library = Library::open(directory);
  ASSERT_TRUE(library) << library.error().message();
  expect_whole(**library);
  WriteBatch batch;
  batch.put_caption(test_facts({1}, "2.jpg", 2).content, {{CaptionSource::kFile, "data.csv"}, "a black dog"});
  ASSERT_TRUE((*library)->commit(batch));
  EXPECT_EQ((*library)->search_captions("dog", 10, 0)->total, 1);
  library->reset();
  auto db = Connection::open(directory / "library.sqlite", ConnectionMode::kReadOnly).value();
  EXPECT_EQ(db->integer("PRAGMA user_version").value(), kSchemaVersion);
}

TEST_F(Schema1, IsReadWithoutCaptionsUntilThen) {
  auto reader = Library::open(directory, {.access = Access::kReadOnly});
  ASSERT_TRUE(reader) << reader.error().message();
  expect_whole(**reader);
  const std::vector<ImageId> ids = {{2}, {1}};
  EXPECT_THAT(*(*reader)->captions_of(ids), ElementsAre("", ""));
  EXPECT_EQ((*reader)->search_captions("dog", 10, 0)->total, 0);
  EXPECT_EQ(*(*reader)->captioned_pictures(), 0);
  EXPECT_FALSE(*(*reader)->caption_by({}, {1, 2}));

  auto writer = Library::open(directory).value();
  WriteBatch batch;
  batch.put_caption(test_facts({1}, "2.jpg", 2).content, {{CaptionSource::kFile, "data.csv"}, "a black dog"});
  ASSERT_TRUE(writer->commit(batch));
  EXPECT_THAT(*(*reader)->captions_of(ids), ElementsAre("a black dog", "")) << "a reader follows";
  EXPECT_EQ((*reader)->search_captions("dog", 10, 0)->total, 1);
}

TEST_F(Schema1, IsFilteredByWhatItHas) {
  const auto reader = Library::open(directory, {.access = Access::kReadOnly}).value();
  EXPECT_EQ(reader->picture({2})->details, std::nullopt);
  EXPECT_THAT(*reader->matching({.from_ms = 2000, .before_ms = 3000}), ElementsAre(ImageId{2})) << "the files' times";
  EXPECT_THAT(*reader->matching({.formats = {"jpeg"}, .captioned = false}), testing::SizeIs(3));
  EXPECT_THAT(*reader->matching({.cameras = {"canon"}}), testing::IsEmpty());
  EXPECT_THAT(*reader->matching({.near = filter::Near{0, 0, 20'000}}), testing::IsEmpty());
  EXPECT_EQ(reader->newest_of({}, TimeOrder::kTaken, 1, 0)->pictures.front().id, ImageId{3});
  EXPECT_EQ(reader->facets()->months.front().pictures, 3);
  EXPECT_THAT(*reader->missing_details({0}, 10), testing::IsEmpty()) << "there is nowhere to put them";

  const auto writer = Library::open(directory).value();
  EXPECT_THAT(*writer->missing_details({0}, 10), testing::SizeIs(3));
}

TEST_F(Schema1, WithAMissingTableIsDamaged) {
  auto db = Connection::open(directory / "library.sqlite", ConnectionMode::kReadWrite).value();
  ASSERT_TRUE(db->execute("DROP TABLE failures"));
  db.reset();
  for (const Access access : {Access::kReadOnly, Access::kReadWrite}) {
    const auto library = Library::open(directory, {.access = access});
    ASSERT_FALSE(library);
    EXPECT_EQ(library.error().code(), ErrorCode::kCorruption);
  }
}

TEST_F(Schema1, KilledOnTheWayUpItIsWhole) {
  const auto bytes = read_file(directory / "library.sqlite", 1 << 20).value();
  int cut_short = 0;
  for (int delay_us = 0; delay_us < 20'000; delay_us += 500) {
    for (const char* suffix : {"-wal", "-shm"}) fs::remove((directory / "library.sqlite").native() + suffix);
    ASSERT_TRUE(write_file_atomically(directory / "library.sqlite", bytes));
    const pid_t child = ::fork();
    if (child == 0) {
      const auto library = Library::open(directory);
      std::_Exit(library ? 0 : 1);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(delay_us));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    cut_short += WIFSIGNALED(status) ? 1 : 0;
    ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << "the child could not open it";
    const auto library = Library::open(directory);
    ASSERT_TRUE(library) << library.error().message();
    expect_whole(**library);
  }
  EXPECT_GT(cut_short, 0) << "no child was killed in time: this run tested nothing";
}

}  // namespace
}  // namespace glimpse::library
