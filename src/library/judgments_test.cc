#include "library/judgments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temp_directory.h"
#include "library/library.h"
#include "library/library_test_support.h"
#include "library/sqlite.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Hash128 content_of(std::uint64_t seed) { return test_facts({1}, "", seed).content; }

JudgmentFacts judgment(const std::string& query, std::uint64_t seed, int grade, const std::string& judge = "") {
  return {{query, content_of(seed), judge}, grade, 4, "test/model", "f1"};
}

struct JudgmentsTest : testing::Test {
  TempDirectory temp;
  fs::path directory = temp.path() / "library";
  std::unique_ptr<Library> library = Library::open(directory, {.create = true}).value();
  RootId root = library->add_root(temp.path())->root;

  ImageId put_picture(const std::string& name, std::uint64_t seed) {
    WriteBatch batch;
    batch.put_picture(test_facts(root, name, seed));
    return library->commit(batch)->front();
  }
  Result<void> put(const JudgmentFacts& facts) { return Judgments(*library).put(std::span(&facts, 1)); }
  JudgmentList list(const JudgmentFilter& filter = {}) { return Judgments(*library).list(filter).value(); }
  std::vector<int> grades(const std::string& query) {
    std::vector<int> grades;
    for (const auto& one : list({.query = query}).judgments) grades.push_back(one.grade);
    return grades;
  }
  void damage(const char* sql) {
    library.reset();
    auto db = Connection::open(directory / "library.sqlite", ConnectionMode::kReadWrite).value();
    ASSERT_TRUE(db->execute(sql));
    db.reset();
    library = Library::open(directory).value();
  }
};

TEST_F(JudgmentsTest, ComesBackWithEverything) {
  const ImageId dog = put_picture("dog.jpg", 1);
  ASSERT_TRUE(put(judgment("Black  dog ", 1, 3, "ada")));
  library.reset();
  library = Library::open(directory).value();
  const auto found = list({.query = "black dog"}).judgments;
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].query, "Black  dog ") << "as typed";
  EXPECT_EQ(found[0].content, content_of(1));
  EXPECT_EQ(found[0].judge, "ada");
  EXPECT_EQ(found[0].grade, 3);
  EXPECT_EQ(found[0].rank, 4);
  EXPECT_EQ(found[0].model, "test/model");
  EXPECT_EQ(found[0].fingerprint, "f1");
  EXPECT_GT(found[0].judged_at_ms, 1'700'000'000'000);
  EXPECT_THAT(found[0].pictures, ElementsAre(dog));
  EXPECT_TRUE(library->check(Library::CheckDepth::kFull)->ok());
  EXPECT_EQ(library->inventory()->judgments, 1);
}

TEST_F(JudgmentsTest, SpellingsThatAreOneQuery) {
  for (const char* words : {"black dog", " Black\tDOG\n", "black\xC2\xA0 dog", "BLACK DOG"}) {
    EXPECT_EQ(judged_query(words).value(), "black dog") << words;
  }
  EXPECT_EQ(judged_query("Cafe\xCC\x81").value(), "caf\xC3\xA9") << "composed and decomposed";
  EXPECT_EQ(judged_query("Cafe").value(), "cafe") << "diacritics are words' own";
  EXPECT_EQ(judged_query(std::string_view("black\0dog", 9)).value(), "black dog");
  for (const std::string& bad : {std::string(), std::string(" \t\n"), std::string("\xff"), std::string(4097, 'a')}) {
    EXPECT_EQ(judged_query(bad).error().code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(judged_query(std::string(4096, 'a')));
}

TEST_F(JudgmentsTest, TheNewestTakesThePlaceOfAnOlderOneByTheSameJudge) {
  ASSERT_TRUE(put(judgment("dog", 1, 1)));
  ASSERT_TRUE(put(judgment("Dog", 1, 3)));
  ASSERT_TRUE(put(judgment("dog", 1, 0, "ada")));
  ASSERT_TRUE(put(judgment("dog", 2, 2)));
  ASSERT_TRUE(put(judgment("cat", 1, 0)));
  EXPECT_THAT(grades("dog"), ElementsAre(3, 2, 0));
  EXPECT_EQ(list({.query = "DOG"}).judgments[0].query, "Dog") << "the words typed last";
  EXPECT_EQ(list({.judge = "ada"}).total, 1);
  EXPECT_EQ(list().total, 4);
  EXPECT_THAT(*Judgments(*library).judges(), ElementsAre("", "ada"));
  EXPECT_TRUE(library->check(Library::CheckDepth::kFull)->ok()) << "the changed row has a sum of its own";
}

TEST_F(JudgmentsTest, PagesDoNotOverlap) {
  for (std::uint64_t seed = 1; seed <= 7; ++seed) ASSERT_TRUE(put(judgment("dog", seed, static_cast<int>(seed % 4))));
  std::vector<std::uint64_t> seen;
  for (int page = 0; page < 4; ++page) {
    const auto part = Judgments(*library).list({}, 2, 2 * page).value();
    EXPECT_EQ(part.total, 7);
    for (const auto& one : part.judgments) seen.push_back(one.content.low);
  }
  EXPECT_THAT(seen, ElementsAre(1, 2, 3, 4, 5, 6, 7));
}

TEST_F(JudgmentsTest, BelongsToTheContentAndOutlivesItsPictures) {
  const ImageId id = put_picture("a.jpg", 1), copy = put_picture("copy.jpg", 1);
  ASSERT_TRUE(put(judgment("dog", 1, 2)));
  EXPECT_THAT(list().judgments[0].pictures, ElementsAre(id, copy));
  WriteBatch move;
  move.move_picture(id, root, "moved.jpg", {1001, 5});
  move.erase_picture(copy);
  ASSERT_TRUE(library->commit(move));
  EXPECT_THAT(list().judgments[0].pictures, ElementsAre(id));
  ASSERT_TRUE(library->remove_root(root));
  EXPECT_THAT(list().judgments[0].pictures, IsEmpty());
  root = library->add_root(temp.path())->root;
  const ImageId again = put_picture("back.jpg", 1);
  EXPECT_THAT(list().judgments[0].pictures, ElementsAre(again)) << "a folder that comes back is judged already";
}

TEST_F(JudgmentsTest, IsTakenBackOnce) {
  ASSERT_TRUE(put(judgment("dog", 1, 2, "ada")));
  Judgments judgments(*library);
  EXPECT_FALSE(*judgments.erase({"dog", content_of(1), ""}));
  EXPECT_FALSE(*judgments.erase({"dog", content_of(2), "ada"}));
  EXPECT_TRUE(*judgments.erase({" DOG", content_of(1), "ada"}));
  EXPECT_FALSE(*judgments.erase({"dog", content_of(1), "ada"}));
  EXPECT_EQ(list().total, 0);
}

TEST_F(JudgmentsTest, BadOnesUndoThemAll) {
  auto grade = judgment("dog", 2, 7), below = judgment("dog", 2, -1), rank = judgment("dog", 2, 1);
  rank.rank = -1;
  const JudgmentFacts bad[] = {grade,
                               below,
                               rank,
                               judgment("", 2, 1),
                               judgment("\xff", 2, 1),
                               judgment(std::string(10 << 20, 'a'), 2, 1),
                               judgment("dog", 2, 1, std::string(101, 'a')),
                               judgment("dog", 2, 1, "a\tb"),
                               judgment("dog", 2, 1, "\xff")};
  for (const JudgmentFacts& one : bad) {
    const JudgmentFacts both[] = {judgment("dog", 1, 1), one};
    const auto result = Judgments(*library).put(both);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kInvalidArgument) << result.error().message();
    EXPECT_LT(result.error().message().size(), 200u);
    EXPECT_EQ(list().total, 0);
  }
}

TEST_F(JudgmentsTest, AReaderCannotWriteAndSaysSo) {
  const auto reader = Library::open(directory, {.access = Access::kReadOnly}).value();
  const auto facts = judgment("dog", 1, 1);
  EXPECT_EQ(Judgments(*reader).put(std::span(&facts, 1)).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(JudgmentsTest, ADamagedRowIsLeftOutAndNamed) {
  ASSERT_TRUE(put(judgment("dog", 1, 1)));
  ASSERT_TRUE(put(judgment("dog", 2, 2)));
  damage("UPDATE judgments SET grade = 3 WHERE id = 1");
  EXPECT_THAT(grades("dog"), ElementsAre(2));
  EXPECT_EQ(list().damaged, 1);
  EXPECT_THAT(library->check(Library::CheckDepth::kFull)->problems, ElementsAre(HasSubstr("judgment 1")));
  ASSERT_TRUE(put(judgment("dog", 1, 1)));
  EXPECT_THAT(grades("dog"), ElementsAre(1, 2)) << "judged again, it is whole";
  EXPECT_TRUE(library->check(Library::CheckDepth::kFull)->ok());
}

TEST_F(JudgmentsTest, ALibraryOfSchema3HasNoneUntilItIsWrittenTo) {
  library.reset();
  {
    auto db = Connection::open(directory / "library.sqlite", ConnectionMode::kReadWrite).value();
    ASSERT_TRUE(db->execute("DROP TABLE judgments; PRAGMA user_version = 3"));
  }
  const auto reader = Library::open(directory, {.access = Access::kReadOnly});
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ(Judgments(**reader).list({})->total, 0);
  EXPECT_THAT(*Judgments(**reader).judges(), IsEmpty());
  EXPECT_EQ((*reader)->inventory()->judgments, 0);
  EXPECT_TRUE((*reader)->check(Library::CheckDepth::kFull)->ok());
  library = Library::open(directory).value();
  ASSERT_TRUE(put(judgment("dog", 1, 1)));
  EXPECT_EQ(Judgments(**reader).list({})->total, 1) << "a reader follows";
  EXPECT_TRUE(library->check(Library::CheckDepth::kFull)->ok());
}

}  // namespace
}  // namespace glimpse::library
