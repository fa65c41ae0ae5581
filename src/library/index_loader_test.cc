#include "library/index_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "base/file.h"
#include "base/temp_directory.h"
#include "library/index_cache.h"
#include "library/library_test_support.h"

namespace glimpse::library {
namespace {

using index::IndexKind;
namespace fs = std::filesystem;

constexpr std::size_t kDimension = 16;

class IndexLoaderTest : public testing::TestWithParam<IndexKind> {
 protected:
  void SetUp() override {
    library_ = Library::open(temp_.path() / "library", {.create = true}).value();
    fs::create_directory(temp_.path() / "photos");
    root_ = library_->add_root(temp_.path() / "photos")->root;
    generation_ = library_->open_generation(test_model(static_cast<int>(kDimension))).value();
    add(1, 60);
  }

  void add(std::uint64_t first, std::uint64_t last) {
    WriteBatch batch;
    for (std::uint64_t i = first; i <= last; ++i) {
      batch.put_picture(test_facts(root_, std::to_string(i), i), generation_.id, unit_vector(kDimension, i));
    }
    ASSERT_TRUE(library_->commit(batch));
  }

  std::unique_ptr<LoadedIndex> load(bool files = true) const {
    return LoadedIndex::load(*library_, generation_, {.kind = GetParam(), .background = false, .files = files}).value();
  }
  fs::path file() const { return index_file_path(*library_, generation_.id, GetParam()); }

  /// Same ids and scores as an index that was read from the library alone.
  void expect_right(const LoadedIndex& loaded) const {
    const auto expected =
        LoadedIndex::load(*library_, generation_, {.kind = IndexKind::kExact, .files = false}).value();
    ASSERT_EQ(loaded.index()->size(), expected->index()->size());
    for (std::uint64_t q = 1; q <= 20; ++q) {
      const auto query = unit_vector(kDimension, q * 5);
      EXPECT_EQ(*loaded.index()->nearest(query, 8), *expected->index()->nearest(query, 8));
    }
    EXPECT_EQ(loaded.damaged(), expected->damaged());
  }

  TempDirectory temp_;
  std::unique_ptr<Library> library_;
  RootId root_;
  Generation generation_;
};

TEST_P(IndexLoaderTest, AFileSparesReadingTheVectors) {
  ASSERT_TRUE(load()->save());
  const auto loaded = load();
  EXPECT_TRUE(loaded->from_file());
  EXPECT_EQ(loaded->vectors_read(), 0u);
  expect_right(*loaded);
}

TEST_P(IndexLoaderTest, OnlyNewAndChangedVectorsAreReadBesides) {
  ASSERT_TRUE(load()->save());
  add(61, 65);
  WriteBatch batch;
  batch.put_vector({3}, generation_.id, unit_vector(kDimension, 1'003));  // replaced, nothing lost
  ASSERT_TRUE(library_->commit(batch));
  const auto loaded = load();
  EXPECT_TRUE(loaded->from_file());
  EXPECT_EQ(loaded->vectors_read(), 6u);
  expect_right(*loaded);
}

TEST_P(IndexLoaderTest, RemovedPicturesLeaveTheIndexToo) {
  ASSERT_TRUE(load()->save());
  WriteBatch batch;
  batch.erase_picture({7});
  batch.put_picture(test_facts(root_, "9", 909), generation_.id, unit_vector(kDimension, 909));  // new content
  ASSERT_TRUE(library_->commit(batch));
  const auto loaded = load();
  EXPECT_TRUE(loaded->from_file());
  EXPECT_EQ(loaded->vectors_read(), 1u);
  expect_right(*loaded);
}

TEST_P(IndexLoaderTest, FollowsTheLibraryWhileLoaded) {
  const auto loaded = load();
  add(61, 90);
  WriteBatch batch;
  batch.erase_picture({61});
  batch.erase_vector({62}, generation_.id);
  ASSERT_TRUE(library_->commit(batch));
  ASSERT_TRUE(loaded->refresh());
  expect_right(*loaded);
  ASSERT_TRUE(loaded->save());
  expect_right(*load());
}

TEST_P(IndexLoaderTest, AFileOfAnotherHistoryIsNotUsed) {
  const fs::path directory = library_->directory(), backup = temp_.path() / "backup.sqlite";
  const auto reopen = [&] { library_ = Library::open(directory).value(); };
  library_.reset();  // checkpoints
  fs::copy_file(directory / "library.sqlite", backup);
  reopen();
  add(61, 70);
  ASSERT_TRUE(load()->save());
  library_.reset();
  fs::copy_file(backup, directory / "library.sqlite", fs::copy_options::overwrite_existing);
  reopen();
  add(161, 170);  // as many as before, so that sequences and losses are those of the file
  const auto loaded = load();
  EXPECT_FALSE(loaded->from_file());
  expect_right(*loaded);
}

TEST_P(IndexLoaderTest, DamagedFilesAreMadeAnew) {
  ASSERT_TRUE(load()->save());
  const auto bytes = read_file(file(), 1 << 24).value();
  std::mt19937_64 random(3);
  for (int i = 0; i < 60; ++i) {
    auto damaged = bytes;
    if (i % 6 == 5) {
      damaged.resize(random() % damaged.size());
    } else {
      damaged[random() % damaged.size()] ^= static_cast<std::byte>(1u << (random() % 8));
    }
    std::ofstream(file(), std::ios::binary | std::ios::trunc)
        .write(reinterpret_cast<const char*>(damaged.data()), static_cast<std::streamsize>(damaged.size()));
    const auto loaded = load();
    ASSERT_FALSE(loaded->from_file());
    ASSERT_EQ(loaded->vectors_read(), 60u);
    if (i % 20 == 0) expect_right(*loaded);
  }
}

TEST_P(IndexLoaderTest, AFileOfAnotherModelIsNotUsed) {
  ASSERT_TRUE(load()->save());
  auto facts = test_model(static_cast<int>(kDimension));
  facts.fingerprint += "x";
  const auto other = library_->open_generation(facts).value();
  fs::copy_file(file(), index_file_path(*library_, other.id, GetParam()));
  const auto loaded = LoadedIndex::load(*library_, other, {.kind = GetParam(), .background = false}).value();
  EXPECT_FALSE(loaded->from_file());
  EXPECT_EQ(loaded->index()->size(), 0u);
}

TEST_P(IndexLoaderTest, FilesOfDroppedGenerationsGo) {
  fs::create_directories(file().parent_path());
  std::ofstream(file().parent_path() / "99.exact.index") << "old";
  ASSERT_TRUE(load()->save());
  EXPECT_TRUE(fs::exists(file()));
  EXPECT_FALSE(fs::exists(file().parent_path() / "99.exact.index"));
}

TEST_P(IndexLoaderTest, WhereNothingCanBeWrittenItWorksWithoutAFile) {
  fs::create_directories(library_->cache_directory());
  std::ofstream(library_->cache_directory() / "index") << "no directory";
  const auto loaded = load();
  EXPECT_FALSE(loaded->save());
  expect_right(*loaded);
}

INSTANTIATE_TEST_SUITE_P(All, IndexLoaderTest,
                         testing::Values(IndexKind::kExact, IndexKind::kExactByte, IndexKind::kHnsw),
                         [](const auto& kind) {
                           std::string name(name_of(kind.param));
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace glimpse::library
