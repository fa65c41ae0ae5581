#include "analyze/look.h"

#include <gtest/gtest.h>

#include "analyze/pictures_for_tests.h"
#include "image/decode.h"
#include "image/preprocess.h"
#include "image/thumbnail.h"

namespace glimpse::analyze {
namespace {

TEST(Hue, OfKnownColours) {
  for (const auto& [r, g, b, degrees, name] : {std::tuple{255, 0, 0, 0.0, Hue::kRed},
                                               {255, 128, 0, 30.1, Hue::kOrange},
                                               {255, 255, 0, 60.0, Hue::kYellow},
                                               {0, 128, 0, 120.0, Hue::kGreen},
                                               {0, 255, 255, 180.0, Hue::kCyan},
                                               {0, 0, 200, 240.0, Hue::kBlue},
                                               {128, 0, 255, 270.1, Hue::kPurple},
                                               {255, 0, 200, 313.0, Hue::kPink},
                                               {255, 0, 20, 355.3, Hue::kRed}}) {
    const auto found = hue_of(static_cast<std::uint8_t>(r), static_cast<std::uint8_t>(g), static_cast<std::uint8_t>(b));
    EXPECT_NEAR(found.degrees, degrees, 0.1);
    EXPECT_EQ(found.saturation, 1);
    EXPECT_EQ(named(found.degrees), name) << r << " " << g << " " << b;
  }
  EXPECT_EQ(hue_of(77, 77, 77).saturation, 0);
}

TEST(Look, OfPlainColours) {
  const Look black = look_at(plain(40, 30, {0, 0, 0})), white = look_at(plain(40, 30, {255, 255, 255}));
  EXPECT_NEAR(black.brightness, 0, 1e-9);
  EXPECT_NEAR(white.brightness, 1, 1e-9);
  EXPECT_NEAR(white.contrast, 0, 1e-6);
  EXPECT_TRUE(black.greyscale && white.greyscale);
  EXPECT_EQ(white.hue, Hue::kNone);
  const Look green = look_at(plain(40, 30, {0, 255, 0}));
  EXPECT_NEAR(green.brightness, 0.587, 1e-9);
  EXPECT_NEAR(green.saturation, 1, 1e-9);
  EXPECT_EQ(green.hue, Hue::kGreen);
  EXPECT_FALSE(green.greyscale);
}

TEST(Look, ContrastIsTheDeviationOfLuma) {
  const auto halves = painted(64, 64, [](int x, int) { return x < 32 ? Rgb{0, 0, 0} : Rgb{255, 255, 255}; });
  EXPECT_NEAR(look_at(halves).contrast, 0.5, 1e-9);
  EXPECT_NEAR(look_at(halves).brightness, 0.5, 1e-9);
}

TEST(Look, TheHueOfMostColouredPixelsWins) {
  const auto mostly_grey = painted(100, 100, [](int x, int) {
    return x < 80 ? Rgb{128, 128, 128} : x < 87 ? Rgb{255, 0, 0} : Rgb{0, 0, 255};
  });
  const Look look = look_at(mostly_grey);
  EXPECT_EQ(look.hue, Hue::kBlue);
  EXPECT_NEAR(look.colourful, 0.2, 0.01);
  const auto a_dot = painted(100, 100, [](int x, int) { return x < 97 ? Rgb{128, 128, 128} : Rgb{255, 0, 0}; });
  EXPECT_EQ(look_at(a_dot).hue, Hue::kNone);
  EXPECT_FALSE(look_at(a_dot).greyscale);
}

TEST(Look, OfPicturesSmallerThanItsGrids) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 500}, {500, 1}, {7, 3}}) {
    const Look look = look_at(plain(width, height, {200, 30, 30}));
    EXPECT_EQ(look.hue, Hue::kRed);
    EXPECT_EQ(look.sketch.rgb[0], 200);
  }
}

TEST(Sketch, SurvivesResizingAndAnotherEncoder) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const auto original = scene(400, 300, seed);
    const auto jpeg = image::thumbnail_jpeg(original, 150, 60);
    ASSERT_TRUE(jpeg);
    const auto copy = image::decode(*jpeg);
    ASSERT_TRUE(copy);
    const Sketch a = look_at(original).sketch, b = look_at(copy->image).sketch;
    EXPECT_LE(hash_distance(a, b), 6) << seed;
    EXPECT_LT(sketch_difference(a, b), 0.01) << seed;
    const Sketch other = look_at(scene(400, 300, seed + 1000)).sketch;
    EXPECT_GT(sketch_difference(a, other), 0.2) << seed;
  }
}

TEST(Sketch, OfFlatPicturesDiffersByColourAlone) {
  const Sketch red = look_at(plain(50, 50, {200, 0, 0})).sketch, almost = look_at(plain(50, 50, {201, 0, 0})).sketch;
  EXPECT_LT(sketch_difference(red, almost), 0.2);
  EXPECT_GT(sketch_difference(red, look_at(plain(50, 50, {0, 0, 200})).sketch), 1);
}

}  // namespace
}  // namespace glimpse::analyze
