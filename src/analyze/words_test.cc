#include "analyze/words.h"

#include <gmock/gmock.h>

namespace glimpse::analyze {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

TEST(Words, AreSmallLettersDigitsAndApostrophesWithin) {
  EXPECT_THAT(words_of("A dog's 2 Balls -- 'quoted' T-shirt. naïve"),
              ElementsAre("a", "dog's", "2", "balls", "quoted", "t", "shirt", "naïve"));
  EXPECT_THAT(words_of(" .,;! '"), IsEmpty());
  EXPECT_THAT(words_of("x'"), ElementsAre("x"));
}

TEST(Words, KnowWhatSaysNothing) {
  for (const char* word : {"a", "the", "with", "you", "your", "it's"}) EXPECT_TRUE(is_stop_word(word)) << word;
  for (const char* word : {"dog", "red", "two", ""}) EXPECT_FALSE(is_stop_word(word)) << word;
}

TEST(Words, AreCountedByTimesAndByCaptions) {
  const std::vector<std::string> texts = {"a dog and a dog", "the dog runs", "a cat"};
  const auto counts = count_words(texts);
  EXPECT_EQ(counts.at("dog").times, 3u);
  EXPECT_EQ(counts.at("dog").captions, 2u);
  EXPECT_EQ(counts.at("a").times, 3u);
  const auto frequent = frequent_words(counts, 2);
  ASSERT_EQ(frequent.size(), 2u);
  EXPECT_EQ(frequent[0].word, "dog");
  EXPECT_EQ(frequent[1].word, "cat");  // of equal ones by name
}

TEST(Words, ThatSetTextsApart) {
  std::vector<std::string> all, snow;
  for (int i = 0; i < 30; ++i) snow.push_back("a man skis down the snow hill");
  all = snow;
  for (int i = 0; i < 60; ++i) all.push_back("a man rides a bike on the street");
  const auto found = distinctive_words(count_words(all), count_words(snow), 3);
  EXPECT_THAT(found, testing::UnorderedElementsAre("hill", "skis", "snow"));
  EXPECT_THAT(found, Not(Contains("man")));
}

TEST(Words, OfEverythingSetNothingApart) {
  const std::vector<std::string> all = {"a dog", "a dog", "a cat"};
  EXPECT_THAT(distinctive_words(count_words(all), count_words(all), 3), IsEmpty());
}

}  // namespace
}  // namespace glimpse::analyze
