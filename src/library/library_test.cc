#include "library/library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <fstream>
#include <thread>

#include "base/temp_directory.h"
#include "library/index_loader.h"
#include "library/library_test_support.h"
#include "library/sqlite.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

struct LibraryTest : testing::Test {
  TempDirectory temp;
  fs::path directory = temp.path() / "library";
  fs::path photos = temp.path() / "photos";
  LibraryTest() { fs::create_directory(photos); }

  std::unique_ptr<Library> open(const OpenOptions& options = {.create = true}) {
    auto library = Library::open(directory, options);
    EXPECT_TRUE(library) << library.error().message();
    return library ? *std::move(library) : nullptr;
  }
  RootId root_in(Library& library) { return library.add_root(photos)->root; }
};

TEST_F(LibraryTest, PictureComesBackAsItWasPut) {
  auto library = open();
  const RootId root = root_in(*library);
  const auto generation = library->open_generation(test_model(8)).value();
  PictureFacts facts = test_facts(root, "a/\xff\xfe caf\xc3\xa9.jpg", 1);
  facts.orientation = 6;
  WriteBatch batch;
  batch.put_picture(facts, generation.id, unit_vector(8, 1));
  const auto ids = library->commit(batch);
  ASSERT_TRUE(ids) << ids.error().message();
  library.reset();

  library = open({.access = Access::kReadOnly});
  const Picture picture = library->picture(ids->front()).value();
  EXPECT_EQ(picture.name, facts.name);
  EXPECT_EQ(picture.path, photos / facts.name);
  EXPECT_EQ(picture.stamp, facts.stamp);
  EXPECT_EQ(picture.content, facts.content);
  EXPECT_EQ(picture.format, facts.format);
  EXPECT_EQ(picture.width, facts.width);
  EXPECT_EQ(picture.height, facts.height);
  EXPECT_EQ(picture.orientation, 6);
  EXPECT_EQ(library->find(root, facts.name).value()->id, picture.id);
  EXPECT_EQ(library->find(facts.name).value()->id, picture.id);
  EXPECT_FALSE(library->find("a/other.jpg").value());
  EXPECT_EQ(library->find_by_content(facts.content, facts.stamp.size_bytes)->front().id, picture.id);
  EXPECT_THAT(*library->find_by_content(facts.content, facts.stamp.size_bytes + 1), IsEmpty());
  const auto vector = library->vector_of(generation.id, picture.id).value();
  const auto expected = unit_vector(8, 1);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_NEAR(vector[i], expected[i], 0x1p-11f);
}

TEST_F(LibraryTest, NoLibraryIsNotFoundAndReadingMakesNone) {
  EXPECT_EQ(Library::open(directory).error().code(), ErrorCode::kNotFound);
  const auto reader = Library::open(directory, {.access = Access::kReadOnly});
  EXPECT_EQ(reader.error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(directory));
}

TEST_F(LibraryTest, SecondWriterIsToldWhoHoldsIt) {
  auto writer = open();
  const auto second = Library::open(directory);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(second.error().message(), HasSubstr(std::to_string(::getpid())));
  EXPECT_TRUE(Library::open(directory, {.access = Access::kReadOnly})) << "readers are not kept out";
  writer.reset();
  EXPECT_TRUE(Library::open(directory));
}

TEST_F(LibraryTest, ReadOnlyRefusesToWrite) {
  open();
  auto reader = open({.access = Access::kReadOnly});
  EXPECT_EQ(reader->set_setting("a", "b").error().code(), ErrorCode::kInvalidArgument);
  WriteBatch batch;
  batch.erase_picture({1});
  EXPECT_EQ(reader->commit(batch).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(LibraryTest, NewContentDropsOldVectorsEqualContentKeepsThem) {
  auto library = open();
  const RootId root = root_in(*library);
  const auto generation = library->open_generation(test_model(4)).value();
  WriteBatch first;
  first.put_picture(test_facts(root, "a.jpg", 1), generation.id, unit_vector(4, 1));
  const ImageId id = library->commit(first)->front();
  auto touched = test_facts(root, "a.jpg", 1);
  touched.stamp.mtime_ns += 5;
  WriteBatch second;
  second.put_picture(touched);
  EXPECT_EQ(library->commit(second)->front(), id);
  EXPECT_TRUE(library->vector_of(generation.id, id));
  WriteBatch third;
  third.put_picture(test_facts(root, "a.jpg", 2));
  EXPECT_EQ(library->commit(third)->front(), id);
  EXPECT_EQ(library->vector_of(generation.id, id).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(library->missing_vectors(generation.id, {0}, 10)->size(), 1u);
}

TEST_F(LibraryTest, NameIsAPictureOrAFailureNeverBoth) {
  auto library = open();
  const RootId root = root_in(*library);
  WriteBatch batch;
  batch.put_picture(test_facts(root, "a.jpg", 1));
  batch.put_failure({root, "a.jpg", {7, 8}, "truncated", "a.jpg: ends early"});
  ASSERT_TRUE(library->commit(batch));
  EXPECT_FALSE(*library->find(root, "a.jpg"));
  const auto failures = library->failures().value();
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].reason, "truncated");
  EXPECT_EQ(failures[0].path, photos / "a.jpg");
  EXPECT_EQ(failures[0].stamp, (FileStamp{7, 8}));
  WriteBatch mended;
  mended.put_picture(test_facts(root, "a.jpg", 2));
  ASSERT_TRUE(library->commit(mended));
  EXPECT_THAT(*library->failures(), IsEmpty());
  EXPECT_EQ(library->known_files(root)->size(), 1u);
}

TEST_F(LibraryTest, MoveKeepsIdAndVector) {
  auto library = open();
  const RootId root = root_in(*library);
  const auto generation = library->open_generation(test_model(4)).value();
  WriteBatch batch;
  batch.put_picture(test_facts(root, "old.jpg", 1), generation.id, unit_vector(4, 1));
  batch.put_picture(test_facts(root, "taken.jpg", 2));
  const ImageId id = library->commit(batch)->front();
  WriteBatch move;
  move.move_picture(id, root, "taken.jpg", {1001, 77});
  ASSERT_TRUE(library->commit(move));
  EXPECT_FALSE(*library->find(root, "old.jpg"));
  EXPECT_EQ(library->find(root, "taken.jpg").value()->id, id);
  EXPECT_TRUE(library->vector_of(generation.id, id));
  EXPECT_EQ(library->status()->pictures, 1);
}

TEST_F(LibraryTest, BadVectorUndoesTheWholeBatch) {
  auto library = open();
  const RootId root = root_in(*library);
  const auto generation = library->open_generation(test_model(4)).value();
  for (const std::vector<float>& bad :
       {std::vector<float>{1, 0, 0}, std::vector<float>{1, 1, 1, 1}, std::vector<float>{std::nanf(""), 0, 0, 0}}) {
    WriteBatch batch;
    batch.put_picture(test_facts(root, "good.jpg", 1), generation.id, unit_vector(4, 1));
    batch.put_picture(test_facts(root, "bad.jpg", 2), generation.id, bad);
    EXPECT_EQ(library->commit(batch).error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(library->status()->pictures, 0);
  }
}

TEST_F(LibraryTest, RootInsideARootIsThatRoot) {
  auto library = open();
  fs::create_directories(photos / "2024" / "may");
  fs::create_directories(photos / ".private");
  const RootId root = root_in(*library);
  auto place = library->add_root(photos / "2024" / "may").value();
  EXPECT_EQ(place.root, root);
  EXPECT_EQ(place.inside, "2024/may");
  EXPECT_EQ(library->add_root(photos / "2024" / ".." / "")->root, root);
  fs::create_directory_symlink(photos, temp.path() / "link");
  EXPECT_EQ(library->add_root(temp.path() / "link")->root, root) << "another spelling of the same directory";
  EXPECT_NE(library->add_root(photos / ".private")->root, root) << "scans of the outer root would pass it over";
  EXPECT_NE(library->add_root(temp.path())->root, root);
  EXPECT_EQ(library->add_root(temp.path() / "none").error().code(), ErrorCode::kNotFound);
}

TEST_F(LibraryTest, ARollbackLeadsToWhateverAnsweredBefore) {
  auto library = open();
  const auto first = library->open_generation(test_model(4, "f1")).value();
  const auto second = library->open_generation(test_model(8, "f2")).value();
  EXPECT_FALSE(library->previous_generation().value()) << "one that was never complete is no way back";
  const auto third = library->open_generation(test_model(8, "f3")).value();
  const auto previous = [&] { return library->previous_generation().value()->id; };
  ASSERT_TRUE(library->activate(third.id));
  EXPECT_EQ(previous(), first.id);
  ASSERT_TRUE(library->activate(second.id));
  EXPECT_EQ(previous(), third.id);
  ASSERT_TRUE(library->activate(previous()));
  EXPECT_EQ(previous(), second.id) << "there and back";
  ASSERT_TRUE(library->drop_generation(second.id));
  library.reset();
  library = open();
  EXPECT_EQ(previous(), first.id) << "the one before, when the latest was dropped, also after a restart";
}

TEST_F(LibraryTest, WhatAnotherGenerationIsGivenIsLookedAtOnce) {
  auto library = open();
  const RootId root = root_in(*library);
  const auto first = library->open_generation(test_model(4, "f1")).value();
  const auto second = library->open_generation(test_model(8, "f2")).value();
  WriteBatch batch;
  for (int i = 1; i <= 3; ++i) batch.put_picture(test_facts(root, std::to_string(i), i), first.id, unit_vector(4, i));
  const auto ids = library->commit(batch).value();
  const auto loaded = LoadedIndex::load(*library, first).value();
  const auto before = loaded->source().last_sequence;
  WriteBatch other;
  for (const ImageId id : ids) other.put_vector(id, second.id, unit_vector(8, static_cast<std::uint64_t>(id.value)));
  ASSERT_TRUE(library->commit(other));
  ASSERT_TRUE(loaded->refresh());
  EXPECT_EQ(loaded->source().last_sequence, before + 3) << "or each query would scan the new generation as far as it is";
  EXPECT_EQ(loaded->index()->size(), 3u);
  WriteBatch erased;
  erased.erase_picture(ids[0]);
  ASSERT_TRUE(library->commit(erased));
  ASSERT_TRUE(loaded->refresh());
  EXPECT_EQ(loaded->index()->size(), 2u);
  EXPECT_EQ(loaded->source().losses, 1);
  ASSERT_TRUE(library->activate(second.id));
  ASSERT_TRUE(library->drop_generation(first.id));
  ASSERT_TRUE(loaded->refresh());
  EXPECT_EQ(loaded->index()->size(), 2u) << "searches under way keep what they have";
}

TEST_F(LibraryTest, AVectorOfAnotherContentIsDropped) {
  auto library = open();
  const auto root = root_in(*library);
  const auto generation = library->open_generation(test_model(4)).value();
  WriteBatch batch;
  batch.put_picture(test_facts(root, "a.jpg", 1));
  const ImageId id = library->commit(batch)->front();
  EXPECT_EQ(library->lacking_pictures(generation.id)->size(), 1u);
  WriteBatch late;
  late.put_vector(id, test_facts(root, "a.jpg", 2).content, generation.id, unit_vector(4, 2));
  ASSERT_TRUE(library->commit(late));
  EXPECT_FALSE(library->vector_of(generation.id, id));
  WriteBatch right;
  right.put_vector(id, test_facts(root, "a.jpg", 1).content, generation.id, unit_vector(4, 1));
  ASSERT_TRUE(library->commit(right));
  EXPECT_TRUE(library->vector_of(generation.id, id));
  EXPECT_TRUE(library->lacking_pictures(generation.id)->empty());
  EXPECT_EQ(library->holdings(generation.id)->vectors, 1);
  EXPECT_EQ(library->holdings({77}).error().code(), ErrorCode::kNotFound);
}

TEST_F(LibraryTest, GenerationsSwitchAndSwitchBack) {
  auto library = open();
  const auto first = library->open_generation(test_model(4, "f1")).value();
  EXPECT_EQ(first.state, GenerationState::kActive) << "nothing older could answer";
  const auto second = library->open_generation(test_model(8, "f2")).value();
  EXPECT_EQ(second.state, GenerationState::kBuilding);
  EXPECT_EQ(library->open_generation(test_model(8, "f2"))->id, second.id);
  EXPECT_EQ(library->open_generation(test_model(4, "f2")).error().code(), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(library->activate(second.id));
  EXPECT_EQ(library->active_generation().value()->id, second.id);
  EXPECT_EQ(library->generations()->front().state, GenerationState::kRetired);
  EXPECT_EQ(library->activate({99}).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(library->active_generation().value()->id, second.id) << "a failed switch changes nothing";
  EXPECT_EQ(library->drop_generation(second.id).error().code(), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(library->activate(first.id));
  ASSERT_TRUE(library->drop_generation(second.id));
  EXPECT_EQ(library->generations()->size(), 1u);
}

TEST_F(LibraryTest, NewestFirstAndPaged) {
  auto library = open();
  const RootId root = root_in(*library);
  WriteBatch batch;
  for (const std::uint64_t seed : {3, 1, 5, 2, 4}) batch.put_picture(test_facts(root, std::to_string(seed), seed));
  ASSERT_TRUE(library->commit(batch));
  std::string order;
  for (int page = 0; page < 3; ++page) {
    const auto pictures = library->newest(2, 2 * page).value();
    for (const Picture& picture : pictures) order += picture.name.native();
  }
  EXPECT_EQ(order, "54321");
}

TEST_F(LibraryTest, PicturesComeInTheOrderAskedAndMissingOnesAreLeftOut) {
  auto library = open();
  const RootId root = root_in(*library);
  WriteBatch batch;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) batch.put_picture(test_facts(root, std::to_string(seed), seed));
  const auto ids = library->commit(batch).value();
  const std::vector<ImageId> asked = {ids[2], {999}, ids[0]};
  const auto pictures = library->pictures(asked).value();
  ASSERT_EQ(pictures.size(), 2u);
  EXPECT_EQ(pictures[0].id, ids[2]);
  EXPECT_EQ(pictures[1].id, ids[0]);
  EXPECT_EQ(library->picture({999}).error().code(), ErrorCode::kNotFound);
}

TEST_F(LibraryTest, SettingsStay) {
  auto library = open();
  EXPECT_FALSE(*library->setting("k"));
  ASSERT_TRUE(library->set_setting("k", "1"));
  ASSERT_TRUE(library->set_setting("k", "2"));
  EXPECT_EQ(*library->setting("k"), "2");
}

TEST_F(LibraryTest, DataVersionChangesWithEachCommitAndOnlyThen) {
  auto library = open();
  auto reader = open({.access = Access::kReadOnly});
  const auto own = library->data_version().value(), theirs = reader->data_version().value();
  EXPECT_EQ(reader->data_version().value(), theirs);
  ASSERT_TRUE(library->set_setting("k", "v"));
  EXPECT_NE(library->data_version().value(), own);
  EXPECT_NE(reader->data_version().value(), theirs);
}

TEST_F(LibraryTest, GroupCommitWaitsForEnoughChanges) {
  auto library = open();
  const RootId root = root_in(*library);
  GroupCommit group(*library, {.changes = 3, .age = std::chrono::hours(1)});
  EXPECT_FALSE(group.due());
  for (std::uint64_t i = 0; i < 3; ++i) {
    EXPECT_FALSE(group.due());
    group.batch().put_picture(test_facts(root, std::to_string(i), i));
  }
  EXPECT_TRUE(group.due());
  EXPECT_EQ(group.commit()->size(), 3u);
  EXPECT_FALSE(group.due());
  GroupCommit hasty(*library, {.changes = 1000, .age = std::chrono::milliseconds(0)});
  hasty.batch().erase_picture({1});
  EXPECT_TRUE(hasty.due());
}

TEST_F(LibraryTest, FullDiskIsSaidAndNothingIsLost) {
  auto library = open();
  const RootId root = root_in(*library);
  WriteBatch small;
  small.put_picture(test_facts(root, "kept.jpg", 1));
  ASSERT_TRUE(library->commit(small));
  ASSERT_TRUE(library->TEST_limit_size(300'000));
  WriteBatch large;
  for (std::uint64_t i = 0; i < 20'000; ++i) large.put_picture(test_facts(root, "x" + std::to_string(i), i));
  const auto result = library->commit(large);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(result.error().message(), HasSubstr("disk full"));
  EXPECT_EQ(library->status()->pictures, 1);
  ASSERT_TRUE(library->TEST_limit_size(0));
  ASSERT_TRUE(library->commit(large)) << "the same batch goes in once there is room";
  EXPECT_EQ(library->status()->pictures, 20'001);
  EXPECT_TRUE(library->check(Library::CheckDepth::kFull)->ok());
}

TEST_F(LibraryTest, RefusedWriteOfTheSystemIsSaidAndNothingIsLost) {
  auto library = open();
  const RootId root = root_in(*library);
  WriteBatch large;
  for (std::uint64_t i = 0; i < 20'000; ++i) large.put_picture(test_facts(root, "x" + std::to_string(i), i));
  struct rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit tight = {400'000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  const auto result = library->commit(large);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kResourceExhausted) << result.error().message();
  EXPECT_EQ(library->status()->pictures, 0);
  ASSERT_TRUE(library->commit(large)) << "the same batch goes in once there is room";
  EXPECT_TRUE(library->check(Library::CheckDepth::kFull)->ok());
}

TEST_F(LibraryTest, NewerSchemaIsUnsupported) {
  open();
  auto connection = Connection::open(directory / "library.sqlite", ConnectionMode::kReadWrite).value();
  ASSERT_TRUE(connection->execute("PRAGMA user_version = 99"));
  connection.reset();
  for (const Access access : {Access::kReadWrite, Access::kReadOnly}) {
    const auto result = Library::open(directory, {.access = access});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kUnsupported);
    EXPECT_THAT(result.error().message(), HasSubstr("update glimpse"));
  }
}

TEST_F(LibraryTest, AnotherProgramsDatabaseIsRefused) {
  fs::create_directory(directory);
  auto connection = Connection::open(directory / "library.sqlite", ConnectionMode::kCreate).value();
  ASSERT_TRUE(connection->execute("CREATE TABLE theirs (x)"));
  connection.reset();
  EXPECT_EQ(Library::open(directory).error().code(), ErrorCode::kCorruption);
}

TEST_F(LibraryTest, MissingTableIsFoundOnOpening) {
  open();
  auto connection = Connection::open(directory / "library.sqlite", ConnectionMode::kReadWrite).value();
  ASSERT_TRUE(connection->execute("DROP TABLE failures"));
  connection.reset();
  EXPECT_EQ(Library::open(directory).error().code(), ErrorCode::kCorruption);
}

TEST_F(LibraryTest, CheckFindsAChangedValueOfEveryKind) {
  auto library = open();
  const RootId root = root_in(*library);
  const auto generation = library->open_generation(test_model(4)).value();
  WriteBatch batch;
  batch.put_picture(test_facts(root, "a.jpg", 1), generation.id, unit_vector(4, 1));
  ASSERT_TRUE(library->commit(batch));
  ASSERT_TRUE(library->record_scan(root, RootState::kOffline, "gone", true));
  EXPECT_TRUE(library->check(Library::CheckDepth::kFull)->ok());
  library.reset();
  auto connection = Connection::open(directory / "library.sqlite", ConnectionMode::kReadWrite).value();
  ASSERT_TRUE(
      connection->execute("UPDATE pictures SET width = width + 1; UPDATE roots SET path = x'2f';"
                          "UPDATE generations SET dimension = 4, model = 'other';"
                          "UPDATE vectors SET halves = zeroblob(8);"));
  connection.reset();
  library = open();
  const auto report = library->check(Library::CheckDepth::kFull).value();
  EXPECT_EQ(report.problems.size(), 3u);
  EXPECT_EQ(report.damaged_vectors, std::vector<ImageId>{ImageId{1}});
}

TEST_F(LibraryTest, RemovingARootForgetsItsPicturesAndVectors) {
  auto library = open();
  const RootId root = root_in(*library);
  const auto generation = library->open_generation(test_model(4)).value();
  WriteBatch batch;
  batch.put_picture(test_facts(root, "a.jpg", 1), generation.id, unit_vector(4, 1));
  batch.put_failure({root, "b.jpg", {}, "empty", ""});
  ASSERT_TRUE(library->commit(batch));
  ASSERT_TRUE(library->remove_root(root));
  const auto status = library->status().value();
  EXPECT_EQ(status.pictures + status.failures + status.vectors, 0);
  EXPECT_TRUE(library->check(Library::CheckDepth::kFull)->ok());
}

TEST_F(LibraryTest, ReadersSeeWholeBatchesWhileAWriterWrites) {
  constexpr std::uint64_t kBatch = 7, kBatches = 60;
  auto library = open();
  const RootId root = root_in(*library);
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  auto other = open({.access = Access::kReadOnly});
  for (Library* from : {library.get(), library.get(), other.get()}) {
    readers.emplace_back([&, from] {
      std::int64_t before = 0;
      while (!stop) {
        const auto status = from->status();
        ASSERT_TRUE(status) << status.error().message();
        ASSERT_EQ(status->pictures % static_cast<std::int64_t>(kBatch), 0);
        ASSERT_GE(status->pictures, before);
        before = status->pictures;
        ASSERT_TRUE(from->newest(10, 0));
      }
    });
  }
  for (std::uint64_t b = 0; b < kBatches; ++b) {
    WriteBatch batch;
    for (std::uint64_t i = 0; i < kBatch; ++i) batch.put_picture(test_facts(root, fmt::format("{}-{}", b, i), i));
    ASSERT_TRUE(library->commit(batch));
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(other->status()->pictures, static_cast<std::int64_t>(kBatch * kBatches));
}

TEST_F(LibraryTest, LoadedIndexLeavesOutDamagedRowsAndFollowsCommits) {
  auto library = open();
  const RootId root = root_in(*library);
  const auto generation = library->open_generation(test_model(16)).value();
  WriteBatch batch;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    batch.put_picture(test_facts(root, std::to_string(i), i), generation.id, unit_vector(16, i));
  }
  ASSERT_TRUE(library->commit(batch));
  library.reset();
  auto connection = Connection::open(directory / "library.sqlite", ConnectionMode::kReadWrite).value();
  ASSERT_TRUE(
      connection->execute("UPDATE vectors SET halves = (SELECT halves FROM vectors WHERE picture = 1) WHERE "
                          "picture = 5; UPDATE vectors SET halves = x'00' WHERE picture = 6"));
  connection.reset();
  library = open();
  const auto loaded = LoadedIndex::load(*library, generation).value();
  EXPECT_THAT(loaded->damaged(), testing::UnorderedElementsAre(ImageId{5}, ImageId{6}));
  EXPECT_EQ(loaded->index()->size(), 18u);
  EXPECT_EQ(loaded->index()->nearest(unit_vector(16, 7), 1)->front().id, ImageId{7});
  EXPECT_EQ(library->vector_of(generation.id, {5}).error().code(), ErrorCode::kCorruption);

  WriteBatch next;
  next.put_vector({5}, generation.id, unit_vector(16, 5));                              // mended
  next.put_picture(test_facts(root, "7", 107), generation.id, unit_vector(16, 107));    // changed
  next.put_picture(test_facts(root, "new", 200), generation.id, unit_vector(16, 200));  // new
  next.erase_picture({8});                                                              // gone
  next.erase_vector({6}, generation.id);
  ASSERT_TRUE(library->commit(next));
  ASSERT_TRUE(loaded->refresh());
  EXPECT_THAT(loaded->damaged(), IsEmpty());
  EXPECT_EQ(loaded->index()->size(), 19u);
  EXPECT_EQ(loaded->index()->nearest(unit_vector(16, 107), 1)->front().id, ImageId{7});
  EXPECT_EQ(loaded->index()->nearest(unit_vector(16, 5), 1)->front().id, ImageId{5});
  EXPECT_NE(loaded->index()->nearest(unit_vector(16, 8), 1)->front().id, ImageId{8});
}

TEST_F(LibraryTest, CanBeReadWhereNothingCanBeWritten) {
  auto library = open();
  ASSERT_TRUE(library->set_setting("k", "v"));
  library.reset();
  // The superuser may write everywhere: look with another user's eyes.
  const uid_t user = ::geteuid();
  fs::permissions(temp.path(), fs::perms::all);
  fs::permissions(directory, static_cast<fs::perms>(0555));
  ASSERT_EQ(user == 0 ? ::seteuid(65534) : 0, 0);
  const auto reader = Library::open(directory, {.access = Access::kReadOnly});
  const auto value = reader ? (*reader)->setting("k") : reader.error();
  const auto writer = Library::open(directory);
  ASSERT_EQ(user == 0 ? ::seteuid(user) : 0, 0);
  fs::permissions(directory, fs::perms::owner_all);
  ASSERT_TRUE(value) << value.error().message();
  EXPECT_EQ(*value, "v");
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code(), ErrorCode::kIo);
}

TEST_F(LibraryTest, InterruptedCreationIsFinishedByTheNext) {
  fs::create_directory(directory);
  std::ofstream(directory / "library.sqlite.new") << "half a library";
  EXPECT_TRUE(open());
  EXPECT_FALSE(fs::exists(directory / "library.sqlite.new"));
}

}  // namespace
}  // namespace glimpse::library
