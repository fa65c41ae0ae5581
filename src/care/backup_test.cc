#include "care/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/file.h"
#include "base/temp_directory.h"
#include "care/doctor.h"
#include "care/restore.h"
#include "library/build_lock.h"
#include "library/library_test_support.h"
#include "library/sqlite.h"

namespace glimpse::care {
namespace {

namespace fs = std::filesystem;
using library::Library;
using testing::HasSubstr;

struct BackupTest : testing::Test {
  TempDirectory temp;
  fs::path directory = temp.path() / "library";
  fs::path backup = temp.path() / "a.glimpse-backup";

  void SetUp() override {
    auto library = Library::open(directory, {.create = true}).value();
    const auto root = library->add_root(temp.path())->root;
    const auto generation = library->open_generation(library::test_model(16))->id;
    library::WriteBatch batch;
    for (std::uint64_t i = 0; i < 30; ++i) {
      batch.put_picture(library::test_facts(root, fmt::format("{}.jpg", i), i), generation,
                        library::unit_vector(16, i));
    }
    ASSERT_TRUE(library->commit(batch));
  }

  std::int64_t pictures_in(const fs::path& place) {
    return Library::open(place, {.access = library::Access::kReadOnly}).value()->status()->pictures;
  }

  void make() {
    const auto made = back_up(directory, backup, "1.2.3");
    ASSERT_TRUE(made) << made.error().message();
  }
};

TEST_F(BackupTest, HoldsTheTruthAndSaysWhat) {
  fs::create_directory(directory / "cache");
  make();
  const auto manifest = verify_backup(backup);
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->glimpse_version, "1.2.3");
  EXPECT_EQ(manifest->pictures, 30);
  EXPECT_EQ(manifest->vectors, 30);
  ASSERT_EQ(manifest->models.size(), 1u);
  EXPECT_EQ(manifest->models[0].fingerprint, "f1");
  EXPECT_FALSE(fs::exists(backup / "cache"));
  EXPECT_EQ(back_up(directory, backup, "1").error().code(), ErrorCode::kAlreadyExists);
  EXPECT_EQ(back_up(temp.path() / "none", temp.path() / "b", "1").error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(temp.path() / "b"));
}

TEST_F(BackupTest, VerifyingTouchesNothing) {
  make();
  const auto listing = [&] {
    std::string text;
    for (const auto& entry : fs::directory_iterator(backup)) {
      text += entry.path().filename().string() + hash128(read_text_file(entry.path(), 1 << 24).value()).hex();
    }
    return text;
  };
  const auto before = listing();
  EXPECT_TRUE(verify_backup(backup));
  EXPECT_EQ(listing(), before);
}

TEST_F(BackupTest, EveryChangedByteIsNoticed) {
  make();
  for (const char* name : {"library.sqlite", "manifest.json", "SHA256SUMS"}) {
    const auto whole = read_text_file(backup / name, 1 << 24).value();
    for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 23) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 4);
      std::ofstream(backup / name, std::ios::binary) << damaged;
      EXPECT_FALSE(verify_backup(backup)) << name << " byte " << at;
    }
    std::ofstream(backup / name, std::ios::binary) << whole.substr(0, whole.size() / 2);
    EXPECT_EQ(verify_backup(backup).error().code(), ErrorCode::kCorruption) << name;
    std::ofstream(backup / name, std::ios::binary) << whole;
  }
  EXPECT_TRUE(verify_backup(backup));
}

TEST_F(BackupTest, LinksAndStrangersAreRefusedAndNothingIsRestored) {
  make();
  const fs::path target = temp.path() / "restored";
  const auto refused = [&](const char* why) {
    const auto result = restore(backup, target, false);
    EXPECT_FALSE(result) << why;
    EXPECT_FALSE(verify_backup(backup)) << why;
    EXPECT_FALSE(fs::exists(target / "library.sqlite")) << why;
  };
  for (const char* name : {"library.sqlite", "manifest.json", "SHA256SUMS"}) {
    fs::rename(backup / name, temp.path() / "away");
    refused("missing");
    fs::create_symlink(temp.path() / "away", backup / name);
    refused("a link");
    fs::remove(backup / name);
    fs::create_directory(backup / name);
    refused("a directory");
    fs::remove(backup / name);
    ASSERT_EQ(::mkfifo((backup / name).c_str(), 0600), 0);
    refused("a pipe");
    fs::remove(backup / name);
    fs::rename(temp.path() / "away", backup / name);
  }
  std::ofstream(backup / "library.sqlite-wal") << "x";
  EXPECT_THAT(verify_backup(backup).error().message(), HasSubstr("belongs to no backup"));
  fs::remove(backup / "library.sqlite-wal");
  EXPECT_TRUE(restore(backup, target, false));
  EXPECT_EQ(pictures_in(target), 30);
}

TEST_F(BackupTest, RestoringReplacesOnlyWhenToldAndKeepsTheOld) {
  make();
  {
    auto library = Library::open(directory).value();
    library::WriteBatch batch;
    batch.erase_picture({1});
    ASSERT_TRUE(library->commit(batch));
  }
  EXPECT_EQ(restore(backup, directory, false).error().code(), ErrorCode::kAlreadyExists);
  EXPECT_EQ(pictures_in(directory), 29);
  const auto restored = restore(backup, directory, true);
  ASSERT_TRUE(restored) << restored.error().message();
  EXPECT_EQ(pictures_in(directory), 30);
  EXPECT_EQ(pictures_in(restored->set_aside), 29);
}

TEST_F(BackupTest, ALibraryInUseIsNotReplaced) {
  make();
  const auto writer = Library::open(directory).value();
  EXPECT_EQ(restore(backup, directory, true).error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(writer->status()->pictures, 30);
}

TEST_F(BackupTest, ALibraryThatChangesItsModelIsNotReplaced) {
  make();
  const auto build = library::BuildLock::acquire(directory);
  ASSERT_TRUE(build);
  EXPECT_EQ(restore(backup, directory, true).error().code(), ErrorCode::kUnavailable);
}

TEST_F(BackupTest, ADamagedLibraryGivesNoBackupButTakesOneBack) {
  make();
  std::ofstream(directory / "library.sqlite", std::ios::binary) << std::string(50'000, 'x');
  EXPECT_FALSE(back_up(directory, temp.path() / "b", "1"));
  EXPECT_FALSE(fs::exists(temp.path() / "b"));
  const auto restored = restore(backup, directory, true);
  ASSERT_TRUE(restored) << restored.error().message();
  EXPECT_EQ(pictures_in(directory), 30);
  EXPECT_EQ(read_text_file(restored->set_aside / "library.sqlite", 1 << 20)->size(), 50'000u);
}

TEST_F(BackupTest, TheDoctorNamesWhatIsWrongAndMendsWhatItCan) {
  const auto damaged = [&](bool repair) {
    return examine({.library = directory, .caches = {}, .models = {}, .full = true, .repair = repair})
        .value()
        .damage_remains();
  };
  EXPECT_FALSE(damaged(false));
  auto connection =
      library::Connection::open(directory / "library.sqlite", library::ConnectionMode::kReadWrite).value();
  ASSERT_TRUE(connection->execute("UPDATE vectors SET halves = zeroblob(32) WHERE sequence = 5"));
  connection.reset();
  std::ofstream(directory / "library.sqlite.999999.0.tmp") << "x";
  EXPECT_TRUE(damaged(false));
  EXPECT_FALSE(damaged(true));
  EXPECT_FALSE(damaged(false));
  EXPECT_FALSE(fs::exists(directory / "library.sqlite.999999.0.tmp"));
  EXPECT_EQ(pictures_in(directory), 30);
}

}  // namespace
}  // namespace glimpse::care
