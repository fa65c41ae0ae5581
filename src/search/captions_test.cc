#include "search/captions.h"

#include <gtest/gtest.h>

#include "base/temp_directory.h"
#include "library/library_test_support.h"
#include "search/browse.h"

namespace glimpse::search {
namespace {

using library::CaptionSource;
using library::Library;
using library::WriteBatch;

struct CaptionSearch : testing::Test {
  TempDirectory temp;
  std::unique_ptr<Library> library = Library::open(temp.path() / "library", {.create = true}).value();

  void SetUp() override {
    const auto root = library->add_root(temp.path())->root;
    WriteBatch batch;
    for (std::uint64_t i = 1; i <= 5; ++i) {
      batch.put_picture(library::test_facts(root, fmt::format("{}.jpg", i), i));
      if (i == 5) break;  // without a caption
      batch.put_caption(library::test_facts(root, "", i).content,
                        {{CaptionSource::kFile, "data.csv"}, i == 3 ? "dog" : "a dog among many other things"});
    }
    ASSERT_TRUE(library->commit(batch));
  }
};

TEST_F(CaptionSearch, HitsCarryPictureScoreAndCaption) {
  const auto first = by_caption(*library, "DOG", {.limit = 2}).value();
  ASSERT_EQ(first.hits.size(), 2u);
  EXPECT_EQ(first.compared, 4);
  EXPECT_EQ(first.hits[0].picture.name, "3.jpg");
  EXPECT_EQ(first.hits[0].caption, "dog");
  EXPECT_GT(first.hits[0].score, first.hits[1].score);
  EXPECT_EQ(by_caption(*library, "dog", {.limit = 2, .offset = 2})->hits[1].picture.name, "4.jpg");
  EXPECT_TRUE(by_caption(*library, "cat", {})->hits.empty());
}

TEST_F(CaptionSearch, AFilterAndADateOrderApply) {
  const auto ids = [&](Page page, const Filter& filter) {
    std::vector<std::int64_t> all;
    const auto found = by_caption(*library, "dog", page, filter).value();
    for (const Hit& hit : found.hits) all.push_back(hit.picture.id.value);
    return all;
  };
  const Filter later{.from_ms = 3000};  // the files are of second 1, 2, 3, 4
  EXPECT_EQ(ids({}, later), (std::vector<std::int64_t>{3, 4}));
  EXPECT_EQ(by_caption(*library, "dog", {.limit = 1}, later)->compared, 2);
  EXPECT_EQ(ids({.limit = 1, .offset = 1}, later), (std::vector<std::int64_t>{4}));
  EXPECT_EQ(ids({.order = Order::kNewestFirst}, {}), (std::vector<std::int64_t>{4, 3, 2, 1}));
  EXPECT_EQ(ids({.limit = 2, .offset = 1, .order = Order::kNewestFirst, .among = 3}, {}).size(), 2u);
  const auto shown = browse(*library, {.limit = 1, .offset = 1, .order = Order::kNewestFirst}, {.captioned = true});
  ASSERT_EQ(shown->hits.size(), 1u);
  EXPECT_EQ(shown->hits[0].picture.id.value, 3);
  EXPECT_EQ(shown->hits[0].caption, "dog");
  EXPECT_EQ(shown->compared, 4);
}

TEST_F(CaptionSearch, HitsOfOtherSearchesAreGivenTheirs) {
  std::vector<Hit> hits = {{library->picture({5}).value(), 0.5f}, {library->picture({3}).value(), 0.4f}};
  ASSERT_TRUE(add_captions(*library, hits));
  EXPECT_EQ(hits[0].caption, "");
  EXPECT_EQ(hits[1].caption, "dog");
}

}  // namespace
}  // namespace glimpse::search
