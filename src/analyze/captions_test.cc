#include "analyze/captions.h"

#include <gmock/gmock.h>

#include "analyze/caption_fit.h"
#include "analyze/token_count.h"

namespace glimpse::analyze {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<PictureFacts> named(std::initializer_list<const char*> names) {
  std::vector<PictureFacts> pictures;
  for (const char* name : names) pictures.emplace_back().name = name;
  return pictures;
}

evaluate::GroundTruth truth_of(std::vector<std::filesystem::path> pictures, std::vector<evaluate::TruthText> texts) {
  evaluate::GroundTruth truth;
  truth.pictures = std::move(pictures);
  truth.texts = std::move(texts);
  return truth;
}

TEST(MatchCaptions, FindsPicturesBesideTheTableToo) {
  const auto pictures = named({"a.jpg", "sub/b.jpg", "c.jpg"});
  const auto truth =
      truth_of({"images/a.jpg", "./sub/b.jpg", "gone.jpg"}, {{"one", {0, 1}}, {"two", {2}}, {"three", {1}}});
  const auto captions = match_captions(truth, pictures, "/data/images", "/data");
  EXPECT_THAT(captions.texts, ElementsAre("one", "three"));
  ASSERT_THAT(captions.links, SizeIs(3));
  EXPECT_EQ(captions.links[0].picture, 0u);
  EXPECT_EQ(captions.links[1].picture, 1u);
  EXPECT_EQ(captions.links[2].text, 1u);
  EXPECT_THAT(captions.strangers, ElementsAre("gone.jpg"));
}

TEST(CaptionSummary, CountsEverything) {
  const CaptionSet set{.texts = {"a dog runs", "two cats", "a very long caption about a dog"},
                       .links = {{0, 0}, {2, 0}, {0, 1}, {0, 2}},
                       .strangers = {}};
  const TokenCounter tokens{[](std::string_view text) { return text.size(); }, 10};
  const auto summary = summarize(set, 4, tokens);
  EXPECT_EQ(summary.captioned, 2u);
  EXPECT_THAT(summary.without, ElementsAre(1, 3));
  EXPECT_THAT(summary.per_picture, ElementsAre(3, 1));
  EXPECT_THAT(summary.words, ElementsAre(3, 3, 2, 7));
  EXPECT_THAT(summary.tokens, ElementsAre(10, 10, 8, 31));
  EXPECT_THAT(summary.too_long, ElementsAre(2));
  EXPECT_EQ(summary.written, 15u);
  EXPECT_EQ(summary.vocabulary, 9u);
  EXPECT_EQ(summary.once, 6u);
  EXPECT_EQ(summary.frequent.front().word, "dog");
  ASSERT_THAT(summary.shared, SizeIs(1));
  EXPECT_THAT(summary.shared[0].pictures, ElementsAre(0, 2));
}

/// Words of letters, each its length in tokens, between two special ones; cut to eight.
class LetterTokenizer : public text::Tokenizer {
 public:
  std::vector<text::TokenId> encode(std::string_view text) const override {
    std::vector<text::TokenId> ids = {1};
    for (const char c : text) {
      if (c != ' ' && ids.size() + 1 < 8) ids.push_back(c);
    }
    ids.push_back(2);
    return ids;
  }
  int context_length() const override { return 8; }
  text::TokenId pad_id() const override { return 0; }
  int vocabulary_size() const override { return 256; }
};

TEST(TokenCount, IsNotCut) {
  const auto counter = counter_of(std::make_shared<LetterTokenizer>());
  EXPECT_EQ(counter.context_length, 8);
  EXPECT_EQ(counter.count("abc de"), 7u);
  EXPECT_EQ(counter.count("abc de f"), 8u);
  EXPECT_EQ(counter.count("  abc  defg hij abc "), 15u);
  EXPECT_EQ(counter.count(""), 2u);
}

/// Unit vectors in the plane, by their angle in degrees.
Matrix angles(std::initializer_list<double> degrees) {
  Matrix rows{.dimension = 2, .values = {}};
  for (const double angle : degrees) {
    rows.values.push_back(static_cast<float>(std::cos(angle * 3.14159265358979 / 180)));
    rows.values.push_back(static_cast<float>(std::sin(angle * 3.14159265358979 / 180)));
  }
  return rows;
}

TEST(CaptionFits, FindTheWorstAndTheMisplaced) {
  const CaptionSet set{.texts = {"fits", "swapped", "far"}, .links = {{0, 0}, {1, 1}, {2, 2}}, .strangers = {}};
  const Matrix pictures = angles({0, 45, 90}), texts = angles({2, 1, 150});
  const auto fits = caption_fits(set, texts, pictures, originals(3, {}, {}), 2, 2);
  EXPECT_EQ(fits.compared, 3u);
  EXPECT_EQ(fits.first, 2u);  // the far one is still closest to its own
  ASSERT_THAT(fits.worst, SizeIs(2));
  EXPECT_EQ(fits.worst[0].link.picture, 2u);
  EXPECT_THAT(fits.worst[0].similarity, DoubleNear(0.5, 1e-6));
  ASSERT_THAT(fits.misplaced, SizeIs(1));
  EXPECT_EQ(fits.misplaced[0].link.picture, 1u);
  EXPECT_EQ(fits.misplaced[0].rival, 0u);
  EXPECT_EQ(fits.misplaced[0].rank, 2u);
}

TEST(CaptionFits, CopiesOfTheOwnPictureAreNoRivals) {
  const CaptionSet set{.texts = {"x"}, .links = {{1, 0}}, .strangers = {}};
  const auto fits = caption_fits(set, angles({0}), angles({0, 10}), originals(2, {}, {{0, 1}}), 5, 1);
  EXPECT_THAT(fits.misplaced, IsEmpty());
  EXPECT_EQ(fits.first, 1u);
  EXPECT_EQ(fits.worst[0].rival_similarity, -1);
}

}  // namespace
}  // namespace glimpse::analyze
