// What files say of themselves: stored with the picture, gone with it, read later for older libraries.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temp_directory.h"
#include "library/library.h"
#include "library/library_test_support.h"
#include "library/sqlite.h"

namespace glimpse::library {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const image::PictureDetails kCanon = {
    .taken_at_ms = 1'685'620'800'000, .camera = "Canon EOS 5D", .lens = "EF50mm", .latitude = 48.2, .longitude = 16.4};

struct Details : testing::Test {
  TempDirectory temp;
  std::unique_ptr<Library> library = Library::open(temp.path() / "library", {.create = true}).value();
  RootId root = library->add_root(temp.path())->root;

  ImageId put(const std::string& name, std::uint64_t seed, std::optional<image::PictureDetails> details) const {
    auto facts = test_facts(root, name, seed);
    facts.details = std::move(details);
    WriteBatch batch;
    batch.put_picture(std::move(facts));
    return library->commit(batch).value().front();
  }
  std::int64_t rows() const {
    auto db = Connection::open(temp.path() / "library/library.sqlite", ConnectionMode::kReadOnly).value();
    return db->integer("SELECT count(*) FROM details").value();
  }
};

TEST_F(Details, ComeWithThePicture) {
  const ImageId id = put("a.jpg", 1, kCanon);
  EXPECT_EQ(library->picture(id)->details, kCanon);
  EXPECT_EQ(library->find(root, "a.jpg")->value().details, kCanon);
  EXPECT_EQ(library->newest(1, 0)->front().details, kCanon);
  EXPECT_EQ(time_ms(*library->picture(id)), 1'685'620'800'000);
  const ImageId empty = put("b.jpg", 2, image::PictureDetails());
  EXPECT_EQ(library->picture(empty)->details, image::PictureDetails()) << "read, and nothing was said";
  EXPECT_EQ(time_ms(*library->picture(empty)), 2000) << "the file's time, 2 s after 1970";
  const ImageId unread = put("c.jpg", 3, std::nullopt);
  EXPECT_EQ(library->picture(unread)->details, std::nullopt);
  EXPECT_TRUE(library->check(Library::CheckDepth::kFull)->ok());
}

TEST_F(Details, BelongToTheContent) {
  const ImageId id = put("a.jpg", 1, kCanon);
  EXPECT_EQ(put("a.jpg", 1, std::nullopt), id);
  EXPECT_EQ(library->picture(id)->details, kCanon) << "the same bytes";
  put("a.jpg", 2, std::nullopt);
  EXPECT_EQ(library->picture(id)->details, std::nullopt) << "other bytes";
}

TEST_F(Details, StayWithAMovedPictureAndGoWithAnErasedOne) {
  const ImageId id = put("a.jpg", 1, kCanon);
  WriteBatch move;
  move.move_picture(id, root, "deep/b.jpg", {1001, 5});
  ASSERT_TRUE(library->commit(move));
  EXPECT_EQ(library->find(root, "deep/b.jpg")->value().details, kCanon);
  WriteBatch erase;
  erase.erase_picture(id);
  erase.put_details(id, kCanon);  // of a picture that is gone by now
  ASSERT_TRUE(library->commit(erase));
  EXPECT_EQ(rows(), 0);
  EXPECT_TRUE(library->check(Library::CheckDepth::kFull)->ok());
}

TEST_F(Details, MissingOnesAreListedUntilTheyAreThere) {
  const ImageId first = put("a.jpg", 1, std::nullopt), second = put("b.jpg", 2, kCanon),
                third = put("c.jpg", 3, std::nullopt);
  const auto ids = [&](ImageId after, std::int64_t limit) {
    std::vector<ImageId> all;
    const auto pictures = library->missing_details(after, limit).value();
    for (const auto& picture : pictures) all.push_back(picture.id);
    return all;
  };
  EXPECT_THAT(ids({0}, 10), ElementsAre(first, third));
  EXPECT_THAT(ids({0}, 1), ElementsAre(first));
  EXPECT_THAT(ids(first, 10), ElementsAre(third));
  WriteBatch batch;
  batch.put_details(third, {});
  ASSERT_TRUE(library->commit(batch));
  EXPECT_THAT(ids({0}, 10), ElementsAre(first));
  EXPECT_NE(second, first);
}

TEST_F(Details, AChangedValueIsFoundByTheFullCheck) {
  put("a.jpg", 1, kCanon);
  library.reset();
  for (const char* damage :
       {"UPDATE details SET taken_at_ms = taken_at_ms + 1", "UPDATE details SET camera = 'Canon EOS 5E'",
        "UPDATE details SET latitude = latitude + 1e-14"}) {
    auto db = Connection::open(temp.path() / "library/library.sqlite", ConnectionMode::kReadWrite).value();
    ASSERT_TRUE(db->execute("SAVEPOINT before"));
    ASSERT_TRUE(db->execute(damage));
    ASSERT_TRUE(db->execute("RELEASE before"));
    db.reset();
    library = Library::open(temp.path() / "library").value();
    EXPECT_THAT(library->check(Library::CheckDepth::kFull)->problems,
                ElementsAre(HasSubstr("details of picture 1: its row disagrees with its checksum")))
        << damage;
    WriteBatch mend;
    mend.put_details({1}, kCanon);
    ASSERT_TRUE(library->commit(mend));
    EXPECT_THAT(library->check(Library::CheckDepth::kFull)->problems, IsEmpty());
    library.reset();
  }
}

}  // namespace
}  // namespace glimpse::library
