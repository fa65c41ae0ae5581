#include "library/indexer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>

#include "base/temp_directory.h"
#include "encode/testing.h"
#include "library/library.h"
#include "library/sqlite.h"

namespace glimpse::library {
namespace {

using encode::unit_colour_model;

class IndexerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(pictures());
    auto opened = Library::open(directory_.path() / "library", {.create = true});
    ASSERT_TRUE(opened) << opened.error().message();
    library_ = *std::move(opened);
    root_ = library_->add_root(pictures())->root;
    use_model("colour-1");
  }

  std::filesystem::path pictures() const { return directory_.path() / "pictures"; }

  void use_model(const std::string& fingerprint) {
    auto generation = library_->open_generation(
        {.model = "colour", .fingerprint = fingerprint, .dimension = 3, .model_directory = "/nowhere"});
    ASSERT_TRUE(generation) << generation.error().message();
    generation_ = *std::move(generation);
  }

  void write_picture(const std::string& name, int red) const {
    std::ofstream(pictures() / name, std::ios::binary)
        << encode::solid_bmp(8 + red % 5, 8, static_cast<std::uint8_t>(red), 0, 255);
  }

  IndexReport run(const IndexOptions& options = {}) {
    const RootId roots[] = {root_};
    auto report = index_roots(
        *library_, generation_,
        [&](const encode::WaitingPictures& waiting) -> Result<encode::ImageModel> {
          ++loads_;
          waiting_ = waiting;
          return unit_colour_model(batches_);
        },
        roots, options, nullptr, cancel_);
    EXPECT_TRUE(report) << report.error().message();
    return report.value_or(IndexReport{});
  }

  TempDirectory directory_;
  std::unique_ptr<Library> library_;
  RootId root_;
  Generation generation_;
  std::atomic<int> batches_{0};
  encode::WaitingPictures waiting_;
  int loads_ = 0;
  CancelToken cancel_;
};

TEST_F(IndexerTest, TheModelIsToldWhatWaits) {
  for (int i = 0; i < 60; ++i) write_picture(std::to_string(i) + ".bmp", i);
  run();
  EXPECT_EQ(waiting_.count, 60u);
  ASSERT_EQ(waiting_.sample.size(), 48u);
  EXPECT_NE(waiting_.sample.front(), waiting_.sample.back());
  for (const auto& file : waiting_.sample) EXPECT_TRUE(std::filesystem::exists(file)) << file;
}

TEST_F(IndexerTest, EmbedsOnceAndLoadsNoModelWhenNothingChanged) {
  for (int i = 0; i < 20; ++i) write_picture(std::to_string(i) + ".bmp", 10 * i);
  const auto first = run();
  EXPECT_EQ(first.added, 20);
  EXPECT_EQ(first.embedded, 20);
  const auto again = run();
  EXPECT_EQ(again.unchanged, 20);
  EXPECT_EQ(again.embedded, 0);
  EXPECT_EQ(loads_, 1);
  EXPECT_EQ(library_->status()->vectors, 20);
}

TEST_F(IndexerTest, ADamagedRowIsNamedAndItsPictureReadAgain) {
  for (int i = 0; i < 5; ++i) write_picture(std::to_string(i) + ".bmp", 10 * i);
  run();
  const auto before = library_->find(root_, "3.bmp")->value();
  WriteBatch caption;
  caption.put_caption(before.content, {{CaptionSource::kFile, "data.csv"}, "the third"});
  ASSERT_TRUE(library_->commit(caption));
  // Each column by itself: what a flipped bit leaves, index and table apart.
  for (const char* damage : {"UPDATE pictures SET width = 1 WHERE name = x'332e626d70'",
                             "UPDATE pictures SET size_bytes = 1, mtime_ns = 1 WHERE name = x'332e626d70'",
                             "UPDATE pictures SET content = x'00' WHERE name = x'332e626d70'",
                             "UPDATE pictures SET name = x'392e626d70' WHERE name = x'332e626d70'",
                             "UPDATE pictures SET indexed_at_ms = 9 WHERE name = x'332e626d70'"}) {
    SCOPED_TRACE(damage);
    auto connection =
        Connection::open(directory_.path() / "library/library.sqlite", ConnectionMode::kReadWrite).value();
    ASSERT_TRUE(connection->execute(damage));
    ASSERT_TRUE(connection->execute("DELETE FROM left_contents"));  // a flipped bit calls no trigger
    connection.reset();
    const auto report = run();
    EXPECT_EQ(report.damaged.size(), 1u);
    EXPECT_EQ(library_->status()->pictures, 5);
    EXPECT_EQ(library_->status()->vectors, 5);
    EXPECT_TRUE(library_->check(Library::CheckDepth::kFull)->ok());
    const auto after = library_->find(root_, "3.bmp")->value();
    EXPECT_EQ(after.width, before.width);
    EXPECT_EQ(after.content, before.content);
    EXPECT_EQ(after.stamp, before.stamp);
    EXPECT_EQ(library_->captions_of(std::span(&after.id, 1))->front(), "the third");
    EXPECT_EQ(run().damaged.size(), 0u);
  }
}

TEST_F(IndexerTest, EachCommitSaysWhatItHeld) {
  for (int i = 0; i < 150; ++i) write_picture(std::to_string(i) + ".bmp", i);
  std::ofstream(pictures() / "bad.bmp") << "no picture";
  std::size_t pictures_said = 0, failures_said = 0, commits = 0;
  IndexOptions options;
  options.committed = [&](const std::vector<CommittedFile>& files) {
    ++commits;
    for (const auto& file : files) ++(file.failed ? failures_said : pictures_said);
    EXPECT_EQ(library_->status()->pictures, static_cast<std::int64_t>(pictures_said)) << "said before it was there";
  };
  run(options);
  EXPECT_EQ(pictures_said, 150u);
  EXPECT_EQ(failures_said, 1u);
  EXPECT_GE(commits, 3u);
}

TEST_F(IndexerTest, DetailsThatAnOlderGlimpseNeverReadAreReadOnce) {
  for (int i = 0; i < 4; ++i) write_picture(std::to_string(i) + ".bmp", 10 * i);
  run();
  const auto expect_details = [&] {
    const auto all = library_->newest(10, 0).value();
    for (const auto& picture : all) EXPECT_TRUE(picture.details) << picture.name;
  };
  expect_details();
  auto db = Connection::open(directory_.path() / "library/library.sqlite", ConnectionMode::kReadWrite).value();
  ASSERT_TRUE(db->execute("DELETE FROM details"));
  db.reset();
  write_picture("1.bmp", 77);                     // changed: embedded, and its details come with it
  std::filesystem::remove(pictures() / "2.bmp");  // gone
  const auto report = run();
  EXPECT_EQ(report.details_read, 2);
  EXPECT_EQ(report.embedded, 1);
  EXPECT_EQ(run().details_read, 0);
  expect_details();
}

TEST_F(IndexerTest, AMovedFileKeepsItsRowAndVector) {
  for (int i = 0; i < 5; ++i) write_picture(std::to_string(i) + ".bmp", 10 * i);
  run();
  const auto before = library_->find(root_, "3.bmp")->value();
  std::filesystem::create_directory(pictures() / "deep");
  std::filesystem::rename(pictures() / "3.bmp", pictures() / "deep/moved.bmp");
  const auto report = run();
  EXPECT_EQ(report.moved, 1);
  EXPECT_EQ(report.embedded, 0);
  EXPECT_EQ(report.gone, 0);
  EXPECT_EQ(library_->find(root_, "deep/moved.bmp")->value().id, before.id);
  EXPECT_FALSE(library_->find(root_, "3.bmp")->has_value());
}

TEST_F(IndexerTest, ACopyTakesOverTheVector) {
  write_picture("one.bmp", 100);
  run();
  std::filesystem::copy_file(pictures() / "one.bmp", pictures() / "two.bmp");
  const auto report = run();
  EXPECT_EQ(report.added, 1);
  EXPECT_EQ(report.embedded, 0);
  const auto one = library_->find(root_, "one.bmp")->value(), two = library_->find(root_, "two.bmp")->value();
  EXPECT_NE(one.id, two.id);
  EXPECT_EQ(library_->vector_of(generation_.id, one.id).value(), library_->vector_of(generation_.id, two.id).value());
}

TEST_F(IndexerTest, ATouchedFileIsReadButNotEmbedded) {
  write_picture("one.bmp", 100);
  run();
  std::filesystem::last_write_time(pictures() / "one.bmp", std::filesystem::file_time_type::clock::now());
  EXPECT_EQ(run().embedded, 0);
  EXPECT_EQ(loads_, 2);
  EXPECT_EQ(run().unchanged, 1);
  EXPECT_EQ(loads_, 2) << "the new time was not kept";
}

TEST_F(IndexerTest, ChangedContentGetsANewVectorAndGoneFilesAreForgotten) {
  write_picture("one.bmp", 10);
  write_picture("two.bmp", 20);
  run();
  const auto before = library_->vector_of(generation_.id, library_->find(root_, "one.bmp")->value().id).value();
  write_picture("one.bmp", 203);
  std::filesystem::remove(pictures() / "two.bmp");
  const auto report = run();
  EXPECT_EQ(report.changed, 1);
  EXPECT_EQ(report.gone, 1);
  EXPECT_EQ(library_->status()->pictures, 1);
  EXPECT_NE(library_->vector_of(generation_.id, library_->find(root_, "one.bmp")->value().id).value(), before);
}

TEST_F(IndexerTest, AMissingRootForgetsNothing) {
  for (int i = 0; i < 5; ++i) write_picture(std::to_string(i) + ".bmp", 10 * i);
  run();
  std::filesystem::rename(pictures(), directory_.path() / "away");
  EXPECT_EQ(run().offline.size(), 1u);
  EXPECT_EQ(library_->status()->pictures, 5);
  std::filesystem::rename(directory_.path() / "away", pictures());
  EXPECT_EQ(run().unchanged, 5);
}

TEST_F(IndexerTest, AnotherModelEmbedsBesideTheFirst) {
  for (int i = 0; i < 5; ++i) write_picture(std::to_string(i) + ".bmp", 10 * i);
  run();
  const auto first = generation_;
  use_model("colour-2");
  const auto report = run();
  EXPECT_EQ(report.embedded, 5);
  EXPECT_EQ(report.unchanged, 5);
  EXPECT_EQ(library_->active_generation()->value().id, first.id) << "switching is the caller's decision";
  ASSERT_TRUE(library_->activate(generation_.id));
  EXPECT_EQ(library_->status()->vectors, 5);
}

TEST_F(IndexerTest, AnInterruptedRunKeepsItsWorkAndTheNextGoesOn) {
  for (int i = 0; i < 250; ++i) write_picture(std::to_string(i) + ".bmp", i);
  const RootId roots[] = {root_};
  IndexOptions options;
  options.pipeline.batch_size = 2;
  const auto stopped = index_roots(
      *library_, generation_,
      [&](const encode::WaitingPictures&) -> Result<encode::ImageModel> { return unit_colour_model(batches_); }, roots,
      options,
      [&](const IndexProgress& now) {
        if (now.done == 100) cancel_.cancel();
      },
      cancel_);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
  const auto kept = library_->status()->pictures;
  EXPECT_GE(kept, 100);
  EXPECT_LT(kept, 250);
  CancelToken fresh;
  const auto rest = index_roots(
      *library_, generation_,
      [&](const encode::WaitingPictures&) -> Result<encode::ImageModel> { return unit_colour_model(batches_); }, roots,
      options, nullptr, fresh);
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->embedded, 250 - kept);
}

TEST_F(IndexerTest, ADamagedVectorIsMadeAgain) {
  for (int i = 0; i < 5; ++i) write_picture(std::to_string(i) + ".bmp", 50 * i);
  run();
  const auto before = library_->vector_of(generation_.id, {2});
  ASSERT_TRUE(before);
  library_.reset();
  const auto file = directory_.path() / "library/library.sqlite";
  auto connection = Connection::open(file, ConnectionMode::kReadWrite);
  ASSERT_TRUE(connection && (*connection)->execute("UPDATE vectors SET halves = zeroblob(6) WHERE picture = 2"));
  connection->reset();
  library_ = *Library::open(directory_.path() / "library");
  ASSERT_FALSE(library_->vector_of(generation_.id, {2}));
  const auto report = run();
  EXPECT_EQ(report.embedded, 1);
  EXPECT_EQ(report.unchanged, 5);
  EXPECT_EQ(library_->vector_of(generation_.id, {2}).value(), before.value());
  EXPECT_EQ(run().embedded, 0);
}

TEST_F(IndexerTest, AFailureIsTriedAgainOnlyWhenItChanges) {
  std::ofstream(pictures() / "bad.bmp") << "no picture";
  EXPECT_EQ(run().failed, 1);
  EXPECT_EQ(library_->failures()->at(0).reason, "not_a_picture");
  EXPECT_EQ(run().failed, 0);
  EXPECT_EQ(loads_, 1);
  write_picture("bad.bmp", 5);
  EXPECT_EQ(run().added, 1);
  EXPECT_TRUE(library_->failures()->empty());
}

}  // namespace
}  // namespace glimpse::library
