#include "library/captions.h"

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

const CaptionMaker kBeam = {CaptionSource::kModel, "coca", "f1", "beam 6/3"};
const CaptionMaker kGreedy = {CaptionSource::kModel, "coca", "f1", "greedy"};
const CaptionMaker kFile = {CaptionSource::kFile, "data.csv"};

struct CaptionsTest : testing::Test {
  TempDirectory temp;
  fs::path directory = temp.path() / "library";
  std::unique_ptr<Library> library = Library::open(directory, {.create = true}).value();
  RootId root = library->add_root(temp.path())->root;

  /// A picture called `name` with the content of `seed`.
  ImageId put(const std::string& name, std::uint64_t seed) {
    WriteBatch batch;
    batch.put_picture(test_facts(root, name, seed));
    return library->commit(batch)->front();
  }
  Result<std::vector<ImageId>> caption(std::uint64_t seed, const std::string& text, const CaptionMaker& maker = kBeam) {
    WriteBatch batch;
    batch.put_caption(test_facts(root, "", seed).content, {maker, text});
    return library->commit(batch);
  }
  std::string shown(ImageId id) { return library->captions_of(std::span(&id, 1))->front(); }
  std::vector<std::int64_t> found(std::string_view words) {
    std::vector<std::int64_t> ids;
    const auto answer = library->search_captions(words, 100, 0).value();
    for (const auto& hit : answer.hits) ids.push_back(hit.picture.value);
    EXPECT_EQ(answer.total, static_cast<std::int64_t>(ids.size()));
    return ids;
  }
  void expect_sound() {
    const auto report = library->check(Library::CheckDepth::kFull).value();
    EXPECT_THAT(report.problems, IsEmpty());
  }
};

TEST_F(CaptionsTest, ComesBackAndIsFoundByItsWords) {
  const ImageId dog = put("dog.jpg", 1), cat = put("cat.jpg", 2);
  ASSERT_TRUE(caption(1, "a black dog on a beach"));
  ASSERT_TRUE(caption(2, "Katzen im Café"));
  EXPECT_EQ(shown(dog), "a black dog on a beach");
  EXPECT_EQ(library->caption_by(kBeam, test_facts(root, "", 2).content).value(), "Katzen im Café");
  EXPECT_FALSE(*library->caption_by(kGreedy, test_facts(root, "", 2).content));
  EXPECT_THAT(found("Dog BEACH"), ElementsAre(dog.value));
  EXPECT_THAT(found("black do"), ElementsAre(dog.value)) << "the last word may be a beginning";
  EXPECT_THAT(found("bla dog"), IsEmpty()) << "the others not";
  EXPECT_THAT(found("dog cat"), IsEmpty()) << "all words";
  EXPECT_THAT(found("cafe"), ElementsAre(cat.value));
  EXPECT_EQ(library->captioned_pictures().value(), 2);
  EXPECT_GT(library->search_captions("dog", 1, 0)->hits.front().score, 0);
  expect_sound();
}

TEST_F(CaptionsTest, NothingAPersonTypesIsSyntax) {
  const ImageId id = put("a.jpg", 1);
  ASSERT_TRUE(caption(1, "not a dog, or don't \"NEAR\" text: 5*"));
  for (const char* words : {"NOT dog", "dog OR", "\"near", "don't", "text:", "text : 5", "5*", "a AND", "(dog)",
                            "dog ^", "-dog", "dog\tor\n", "{dog}", "dog + a", "*** dog", "or \xff"}) {
    const auto hits = library->search_captions(words, 10, 0);
    ASSERT_TRUE(hits) << words << ": " << hits.error().message();
  }
  EXPECT_THAT(found("dog NEAR"), ElementsAre(id.value));
  EXPECT_THAT(found("text:"), ElementsAre(id.value));
  EXPECT_THAT(found(std::string_view("dog\0or", 6)), ElementsAre(id.value)) << "a zero byte separates";
  for (const char* words : {"", "  ", "***", "\"", "()"}) EXPECT_THAT(found(words), IsEmpty()) << words;
  std::string long_query;
  for (int i = 0; i < 2000; ++i) long_query += "a ";
  EXPECT_THAT(found(long_query), ElementsAre(id.value));
}

TEST_F(CaptionsTest, BestFirstAndPaged) {
  for (std::uint64_t i = 1; i <= 9; ++i) put(fmt::format("{}.jpg", i), i);
  for (std::uint64_t i = 1; i <= 8; ++i) ASSERT_TRUE(caption(i, "a dog among many other things in a wide landscape"));
  ASSERT_TRUE(caption(9, "dog dog"));
  std::vector<std::int64_t> ids;
  for (int page = 0; page < 4; ++page) {
    const auto answer = library->search_captions("dog", 3, 3 * page).value();
    EXPECT_EQ(answer.total, 9);
    for (const auto& hit : answer.hits) ids.push_back(hit.picture.value);
  }
  EXPECT_THAT(ids, ElementsAre(9, 1, 2, 3, 4, 5, 6, 7, 8));
}

TEST_F(CaptionsTest, OneByEachMakerTheLatestIsShownAndAPictureIsFoundOnce) {
  const ImageId id = put("a.jpg", 1);
  ASSERT_TRUE(caption(1, "a dog", kBeam));
  ASSERT_TRUE(caption(1, "a dog sits", kGreedy));
  ASSERT_TRUE(caption(1, "our dog Ada", kFile));
  EXPECT_EQ(shown(id), "our dog Ada");
  EXPECT_THAT(found("dog"), ElementsAre(id.value));
  EXPECT_THAT(found("sits"), ElementsAre(id.value));
  ASSERT_TRUE(caption(1, "a cat", kFile));
  EXPECT_EQ(library->caption_by(kFile, test_facts(root, "", 1).content).value(), "a cat");
  EXPECT_EQ(library->caption_by(kBeam, test_facts(root, "", 1).content).value(), "a dog");
  EXPECT_THAT(found("ada"), IsEmpty()) << "the old words are gone";
  EXPECT_EQ(library->captioned_pictures().value(), 1);
  expect_sound();
}

TEST_F(CaptionsTest, BelongsToTheContentWhereverItIs) {
  const ImageId id = put("a.jpg", 1), copy = put("copy.jpg", 1);
  ASSERT_TRUE(caption(1, "a dog"));
  EXPECT_EQ(shown(copy), "a dog");
  EXPECT_THAT(found("dog"), ElementsAre(id.value, copy.value));
  WriteBatch move;
  move.move_picture(id, root, "moved.jpg", {1001, 5});
  move.erase_picture(copy);
  ASSERT_TRUE(library->commit(move));
  EXPECT_EQ(shown(id), "a dog") << "a copy is left";
  WriteBatch swap;  // the same bytes under the other's name, both ways in one batch
  const ImageId other = put("b.jpg", 2);
  ASSERT_TRUE(caption(2, "a cat"));
  swap.put_picture(test_facts(root, "moved.jpg", 2));
  swap.put_picture(test_facts(root, "b.jpg", 1));
  ASSERT_TRUE(library->commit(swap));
  EXPECT_EQ(shown(id), "a cat");
  EXPECT_EQ(shown(other), "a dog");
  expect_sound();
}

TEST_F(CaptionsTest, ForgettingAPictureForgetsItsCaption) {
  const auto forgotten = [&](const char* how) {
    EXPECT_THAT(found("dog"), IsEmpty()) << how;
    EXPECT_FALSE(*library->caption_by(kBeam, test_facts(root, "", 1).content)) << how;
    EXPECT_EQ(library->captioned_pictures().value(), 0) << how;
    expect_sound();
  };
  const auto captioned = [&] {
    const ImageId id = put("a.jpg", 1);
    EXPECT_TRUE(caption(1, "a dog"));
    EXPECT_EQ(shown(id), "a dog");
    return id;
  };
  WriteBatch erase;
  erase.erase_picture(captioned());
  ASSERT_TRUE(library->commit(erase));
  forgotten("erased");
  captioned();
  put("a.jpg", 2);
  forgotten("new content");
  captioned();
  WriteBatch failure;
  failure.put_failure({root, "a.jpg", {}, "damaged", ""});
  ASSERT_TRUE(library->commit(failure));
  forgotten("unreadable now");
  captioned();
  WriteBatch over;
  over.move_picture(put("b.jpg", 3), root, "a.jpg", {1003, 5});
  ASSERT_TRUE(library->commit(over));
  forgotten("another took its place");
  captioned();
  ASSERT_TRUE(library->remove_root(root));
  forgotten("its root removed");
}

TEST_F(CaptionsTest, WithoutAPictureIsDropped) {
  ASSERT_TRUE(caption(1, "a dog"));
  put("a.jpg", 1);
  EXPECT_THAT(found("dog"), IsEmpty());
}

TEST_F(CaptionsTest, BadTextUndoesTheWholeBatch) {
  put("a.jpg", 1);
  for (const std::string& bad : {std::string(), std::string("caf\xe9"), std::string(kMaxCaptionBytes + 1, 'a')}) {
    WriteBatch batch;
    batch.put_caption(test_facts(root, "", 1).content, {kBeam, "a dog"});
    batch.put_caption(test_facts(root, "", 1).content, {kFile, bad});
    const auto result = library->commit(batch);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(found("dog"), IsEmpty());
  }
  ASSERT_TRUE(caption(1, std::string(kMaxCaptionBytes, 'a')));
}

TEST_F(CaptionsTest, CheckFindsAChangedCaptionAndAChangedIndex) {
  put("a.jpg", 1);
  ASSERT_TRUE(caption(1, "a dog"));
  library.reset();
  auto db = Connection::open(directory / "library.sqlite", ConnectionMode::kReadWrite).value();
  ASSERT_TRUE(db->execute("UPDATE captions SET text = 'a cat'"));
  db.reset();
  library = Library::open(directory).value();
  const auto problems = library->check(Library::CheckDepth::kFull)->problems;
  EXPECT_THAT(problems, ElementsAre(HasSubstr("caption 1"), HasSubstr("words of captions")));
}

TEST_F(CaptionsTest, DirectoriesAreFoundWithoutBeingAdded) {
  fs::create_directories(temp.path() / "2024/may");
  EXPECT_EQ(library->place_of(temp.path() / "2024/may/").value()->inside, "2024/may");
  EXPECT_EQ(library->place_of(temp.path()).value()->inside, "");
  EXPECT_FALSE(*library->place_of("/usr"));
  EXPECT_EQ(library->roots()->size(), 1u);
}

}  // namespace
}  // namespace glimpse::library
