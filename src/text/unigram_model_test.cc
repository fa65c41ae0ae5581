// Small models made here, for what no published vocabulary of ours has: pieces that a user defined, bytes, damage.
#include "text/unigram_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace glimpse::text {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string field(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}
std::string field(int number, bool value) { return {static_cast<char>(number << 3), static_cast<char>(value)}; }
std::string wide_field(int number, bool value) {
  return {static_cast<char>((number << 3 & 0x7F) | 0x80), static_cast<char>(number >> 4), static_cast<char>(value)};
}

std::string piece(const std::string& text, float score, int type = 1) {
  std::string number(4, '\0');
  std::memcpy(number.data(), &score, 4);
  return field(1,
               field(1, text) + static_cast<char>(2 << 3 | 5) + number + std::string{3 << 3, static_cast<char>(type)});
}
std::string specs(const std::string& trainer = field(3, true)) { return field(2, trainer) + field(3, std::string()); }

const std::string kPieces = piece("<unk>", 0, 2) + piece("\xE2\x96\x81", -3) + piece("a", -2) + piece("b", -2) +
                            piece("ab", -3.5f) + piece("[X]", 0, 4) +
                            piece(
                                "\xE2\x96\x81"
                                "a",
                                -4);

UnigramModel model(const std::string& bytes) {
  auto loaded = UnigramModel::load(bytes);
  if (!loaded) throw std::runtime_error(loaded.error().message());
  return *std::move(loaded);
}
std::string error_of(const std::string& bytes) {
  const auto loaded = UnigramModel::load(bytes);
  return loaded ? "loaded" : loaded.error().message();
}

TEST(UnigramModel, TakesTheMostProbableCut) {
  const UnigramModel m = model(kPieces + specs());
  EXPECT_THAT(m.encode("a"), ElementsAre(6));      // "▁a" -4 before "▁" "a" -5
  EXPECT_THAT(m.encode("ab"), ElementsAre(6, 3));  // -6 before "▁" "ab" -6.5
  EXPECT_THAT(m.encode("  b  ab "), ElementsAre(1, 3, 6, 3));
  EXPECT_THAT(m.encode("bab"), ElementsAre(1, 3, 4));  // "ab" -3.5 before "a" "b" -4
  EXPECT_TRUE(m.encode("").empty());
  EXPECT_TRUE(m.encode("   ").empty());
}

TEST(UnigramModel, ARunOfUnknownCharactersIsOnePiece) {
  const UnigramModel m = model(kPieces + specs());
  EXPECT_THAT(m.encode("b\xE6\xBC\xA2\xE6\xBC\xA2z"
                       "b"),
              ElementsAre(1, 3, 0, 3));
  EXPECT_EQ(m.id_of("nothing"), 0);
}

TEST(UnigramModel, WhatAUserDefinedIsCutOutWhole) {
  const UnigramModel m = model(kPieces + piece("[", -1) + piece("X", -1.1f) + piece("]", -1.1f) + specs());
  EXPECT_THAT(m.encode("b[X]b"), ElementsAre(1, 3, 5, 3));
  EXPECT_THAT(m.encode("[X"), ElementsAre(1, 7, 8));
}

TEST(UnigramModel, UnknownCharactersFallBackToBytesWhereTheModelHasThem) {
  const UnigramModel m =
      model(kPieces + piece("<0xC3>", 0, 6) + piece("<0xA9>", 0, 6) + specs(field(3, true) + wide_field(35, true)));
  EXPECT_THAT(m.encode("b\xC3\xA9"), ElementsAre(1, 3, 7, 8));
}

TEST(UnigramModel, ModelsThatMakeNoSenseAreRefused) {
  EXPECT_THAT(error_of(kPieces + piece("a", -1) + specs()), HasSubstr("piece 'a' is there twice"));
  EXPECT_THAT(error_of(kPieces + piece("<unk2>", 0, 2) + specs()), HasSubstr("pieces 0 and 7 are both unknown"));
  EXPECT_THAT(error_of(piece("a", -1) + specs()), HasSubstr("none of its pieces is the unknown one"));
  EXPECT_THAT(error_of(kPieces + piece("c", std::nanf("")) + specs()), HasSubstr("piece 7: its score is no number"));
  EXPECT_THAT(error_of(kPieces + specs(field(3, true) + wide_field(24, true))),
              HasSubstr("treat_whitespace_as_suffix"));
}

}  // namespace
}  // namespace glimpse::text
