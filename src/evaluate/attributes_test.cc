#include "evaluate/attributes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "evaluate/attribute_words.h"

namespace glimpse::evaluate {
namespace {

using enum Attribute;

TEST(Attributes, AreFoundByWords) {
  EXPECT_EQ(attributes_of("Two men in black shirts sit on a bench beside the lake ."),
            (Attributes{{kColour, {"black"}},
                        {kCount, {"two"}},
                        {kObject, {"bench", "man", "shirt"}},
                        {kScene, {"lake"}},
                        {kRelation, {"beside", "on"}}}));
  EXPECT_EQ(attributes_of("a woman with blond hair"), (Attributes{{kColour, {"blond"}}, {kObject, {"hair", "woman"}}}));
  EXPECT_EQ(attributes_of("green grass"), (Attributes{{kColour, {"green"}}, {kScene, {"grass"}}}));
  EXPECT_EQ(attributes_of("white pants"), (Attributes{{kColour, {"white"}}, {kObject, {"pants"}}}));
  EXPECT_TRUE(attributes_of("").empty());
  EXPECT_TRUE(attributes_of("it is what it is").empty());
}

TEST(Attributes, WordsAreWholeWords) {
  EXPECT_TRUE(attributes_of("a bored tantrum of catalogues, hundred-fold").empty());  // red, tan, cat, log
  EXPECT_EQ(attributes_of("red-haired"), (Attributes{{kColour, {"red"}}}));
  EXPECT_EQ(attributes_of("ROTE KATZE, Café: dog"), (Attributes{{kObject, {"dog"}}}));
}

TEST(Attributes, PluralsGoBySingulars) {
  EXPECT_EQ(attributes_of("women puppies buses branches mice horses")[kObject],
            (std::set<std::string>{"woman", "puppy", "bus", "branch", "mouse", "horse"}));
  EXPECT_EQ(attributes_of("people")[kObject], (std::set<std::string>{"person"}));
}

TEST(Attributes, ALongRelationIsNotAlsoItsParts) {
  EXPECT_EQ(attributes_of("on top of the car"), (Attributes{{kObject, {"car"}}, {kRelation, {"on top of"}}}));
  EXPECT_EQ(attributes_of("in front of it, on it")[kRelation], (std::set<std::string>{"in front of", "on"}));
  EXPECT_TRUE(attributes_of("in front").empty());
}

TEST(Attributes, OneIsNoCountNorIsAYear) {
  EXPECT_TRUE(attributes_of("one of 1 in 1984, 007").empty());
  EXPECT_EQ(attributes_of("12 of 3")[kCount], (std::set<std::string>{"12", "3"}));
}

TEST(Attributes, NamesGoBothWays) {
  for (const Attribute attribute : kAttributes) EXPECT_EQ(parse_attribute(name_of(attribute)), attribute);
  EXPECT_FALSE(parse_attribute("color").has_value());
}

TEST(AttributeWords, AreSortedAndInLowerCase) {
  for (const Attribute attribute : kAttributes) {
    const auto words = words_of(attribute);
    EXPECT_TRUE(std::ranges::is_sorted(words)) << name_of(attribute);
    EXPECT_EQ(std::ranges::adjacent_find(words), words.end()) << name_of(attribute);
    for (const auto word : words) {
      EXPECT_TRUE(std::ranges::all_of(word, [](char c) { return c == ' ' || (c >= 'a' && c <= 'z'); })) << word;
    }
  }
}

}  // namespace
}  // namespace glimpse::evaluate
