#include "library/changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/temp_directory.h"
#include "library/library_test_support.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

FileStamp stamp(std::uint64_t n) { return {n, static_cast<std::int64_t>(n)}; }
KnownFile known(const std::string& name, std::int64_t id) {
  return {name, stamp(static_cast<std::uint64_t>(id)), {{id}}};
}
KnownFile known_failure(const std::string& name, std::uint64_t n) { return {name, stamp(n), std::nullopt}; }
FoundFile found(const std::string& name, std::uint64_t n) { return {name, stamp(n)}; }

Changes compare_simply(const std::vector<KnownFile>& catalogue, std::vector<FoundFile> disk,
                       std::vector<ScanFailure> failures = {}, const ChangeOptions& options = {}) {
  return compare({.files = catalogue}, {.found = std::move(disk), .failures = std::move(failures)}, options);
}

TEST(Changes, SortsFilesIntoNewChangedGoneAndUnchanged) {
  const auto changes = compare_simply({known("same", 1), known("changed", 2), known("gone", 3)},
                                      {found("same", 1), found("changed", 99), found("new", 4)});
  ASSERT_EQ(changes.added.size(), 1u);
  EXPECT_EQ(changes.added[0].name, "new");
  EXPECT_FALSE(changes.added[0].moved_from);
  ASSERT_EQ(changes.changed.size(), 1u);
  EXPECT_EQ(changes.changed[0].id, ImageId{2});
  EXPECT_EQ(changes.changed[0].stamp, stamp(99));
  EXPECT_THAT(changes.gone, ElementsAre(ImageId{3}));
  EXPECT_EQ(changes.unchanged, 1u);
  EXPECT_EQ(changes.state, RootState::kOnline);
}

TEST(Changes, FailedFileIsTriedAgainOnlyWhenItChanged) {
  const std::vector<KnownFile> catalogue = {known_failure("bad", 1), known_failure("mended", 2),
                                            known_failure("gone", 3)};
  const std::vector<FoundFile> disk = {found("bad", 1), found("mended", 22)};
  const auto changes = compare_simply(catalogue, disk);
  ASSERT_EQ(changes.added.size(), 1u);
  EXPECT_EQ(changes.added[0].name, "mended");
  EXPECT_EQ(changes.still_failed, 1u);
  EXPECT_THAT(changes.mended, ElementsAre(fs::path("gone")));
  EXPECT_EQ(compare_simply(catalogue, disk, {}, {.retry_failed = true}).added.size(), 2u);
}

TEST(Changes, EmptyRootIsOfflineAndKeepsEverything) {
  auto changes = compare_simply({known("a", 1), known("b", 2)}, {});
  EXPECT_EQ(changes.state, RootState::kOffline);
  EXPECT_THAT(changes.gone, IsEmpty());
  EXPECT_EQ(changes.kept, 2u);
  EXPECT_FALSE(changes.offline_reason.empty());
  changes = compare_simply({known("a", 1), known("b", 2)}, {}, {}, {.force = true});
  EXPECT_EQ(changes.gone.size(), 2u);
  EXPECT_EQ(changes.state, RootState::kOnline);
  EXPECT_EQ(compare_simply({}, {}).state, RootState::kOnline);
}

TEST(Changes, ManyVanishedAtOnceMeansOffline) {
  std::vector<KnownFile> catalogue;
  std::vector<FoundFile> disk;
  for (int i = 1; i <= 100; ++i) {
    catalogue.push_back(known(std::to_string(i), i));
    if (i <= 80) disk.push_back(found(std::to_string(i), static_cast<std::uint64_t>(i)));
  }
  EXPECT_EQ(compare_simply(catalogue, disk).gone.size(), 20u);  // 20 % is still believed
  disk.pop_back();
  const auto changes = compare_simply(catalogue, disk);
  EXPECT_EQ(changes.state, RootState::kOffline);
  EXPECT_THAT(changes.gone, IsEmpty());
  EXPECT_EQ(changes.unchanged, 79u);
  EXPECT_EQ(compare_simply(catalogue, disk, {}, {.force = true}).gone.size(), 21u);
}

TEST(Changes, ReorganizedFolderIsNotOffline) {
  std::vector<KnownFile> catalogue;
  std::vector<FoundFile> disk;
  for (int i = 1; i <= 50; ++i) {
    catalogue.push_back(known(std::to_string(i), i));
    disk.push_back(found("new folder/" + std::to_string(i), static_cast<std::uint64_t>(i)));
  }
  const auto changes = compare_simply(catalogue, disk);
  EXPECT_EQ(changes.state, RootState::kOnline);
  ASSERT_EQ(changes.added.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(changes.added[static_cast<std::size_t>(i)].moved_from, ImageId{i + 1});
  EXPECT_EQ(changes.gone.size(), 50u);
}

TEST(Changes, WhatLiesBelowAnUnreadableDirectoryIsKept) {
  const auto changes = compare_simply({known("closed/a", 1), known("closedness", 2), known("b", 3)}, {found("b", 3)},
                                      {{"closed", "unreadable_directory", "", true}});
  EXPECT_THAT(changes.gone, ElementsAre(ImageId{2}));
  EXPECT_EQ(changes.kept, 1u);
}

TEST(Changes, OnlyTheScannedPartIsJudged) {
  const auto changes =
      compare({.files = {known("in/a", 1), known("in/b", 2)}, .other_pictures = 1}, {.found = {found("in/a", 1)}}, {});
  EXPECT_THAT(changes.gone, ElementsAre(ImageId{2}));
}

TEST(Changes, WhatIsPassedOverByNowIsForgottenAndIsNoLoss) {
  std::vector<KnownFile> files;
  for (int i = 1; i <= 60; ++i) {
    const char* place = i <= 20 ? "drafts/" : i <= 40 ? "quiet/" : "";
    files.push_back(known(place + std::to_string(i), i));
  }
  Scanned scanned{.found = {}, .passed_over = {"quiet"}};
  for (int i = 41; i <= 60; ++i) scanned.found.push_back(found(std::to_string(i), static_cast<std::uint64_t>(i)));
  const PathRules rules = PathRules::compile({.exclude = {"drafts/"}}).value();
  const auto changes = compare({.files = files, .rules = &rules}, scanned, {});
  EXPECT_EQ(changes.state, RootState::kOnline);
  EXPECT_EQ(changes.excluded, 40u);
  EXPECT_EQ(changes.gone.size(), 40u);
  scanned.found.clear();  // as if the disk were away: then nothing is forgotten, not even that
  const auto away = compare({.files = files, .rules = &rules}, scanned, {});
  EXPECT_EQ(away.state, RootState::kOffline);
  EXPECT_THAT(away.gone, IsEmpty());
  EXPECT_EQ(away.kept, 60u);
}

TEST(Changes, APartIsJudgedByItsShareOfTheWholeRoot) {
  std::vector<KnownFile> files;
  for (int i = 1; i <= 20; ++i) files.push_back(known("part/" + std::to_string(i), i));
  EXPECT_EQ(compare({.files = files, .other_pictures = 200}, {.found = {}}, {}).gone.size(), 20u);
  EXPECT_EQ(compare({.files = files, .other_pictures = 50}, {.found = {}}, {}).state, RootState::kOffline);
}

TEST(Changes, UnmountedRootKeepsItsPicturesAndComesBackUnchanged) {
  TempDirectory temp;
  const fs::path photos = temp.path() / "photos";
  fs::create_directory(photos);
  auto library = Library::open(temp.path() / "library", {.create = true}).value();
  const RootId id = library->add_root(photos)->root;
  WriteBatch batch;
  for (int i = 0; i < 30; ++i) {
    const fs::path name = std::to_string(i) + ".jpg";
    std::ofstream(photos / name) << i;
    auto facts = test_facts(id, name, static_cast<std::uint64_t>(i));
    facts.stamp = stamp_of(photos / name).value();
    batch.put_picture(facts);
  }
  ASSERT_TRUE(library->commit(batch));
  ScanOptions scan_options;
  scan_options.wanted = [](const fs::path&) { return true; };
  const Root root = library->roots()->front();

  fs::rename(photos, temp.path() / "elsewhere");
  auto changes = find_changes(*library, root, scan_options).value();
  EXPECT_EQ(changes.state, RootState::kOffline);
  EXPECT_EQ(changes.kept, 30u);
  fs::create_directory(photos);  // the empty mount point
  changes = find_changes(*library, root, scan_options).value();
  EXPECT_EQ(changes.state, RootState::kOffline);
  EXPECT_THAT(changes.gone, IsEmpty());
  fs::remove(photos);
  fs::rename(temp.path() / "elsewhere", photos);
  changes = find_changes(*library, root, scan_options).value();
  EXPECT_EQ(changes.state, RootState::kOnline);
  EXPECT_EQ(changes.unchanged, 30u);
  EXPECT_THAT(changes.added, IsEmpty());
}

}  // namespace
}  // namespace glimpse::library
