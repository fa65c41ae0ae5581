#include "analyze/pictures.h"

#include <gmock/gmock.h>

#include "analyze/classes.h"
#include "analyze/pictures_for_tests.h"

namespace glimpse::analyze {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Pair;

TEST(Spread, InterpolatesQuantiles) {
  const Spread spread = spread_of(std::vector<double>{4, 1, 3, 2});
  EXPECT_EQ(spread.count, 4u);
  EXPECT_EQ(spread.least, 1);
  EXPECT_EQ(spread.quarter, 1.75);
  EXPECT_EQ(spread.median, 2.5);
  EXPECT_EQ(spread.three_quarters, 3.25);
  EXPECT_EQ(spread.most, 4);
  EXPECT_EQ(spread.mean, 2.5);
  EXPECT_EQ(spread_of({}).count, 0u);
}

TEST(Shape, IsByTheRatio) {
  EXPECT_EQ(shape_of(300, 100), Shape::kWide);
  EXPECT_EQ(shape_of(640, 480), Shape::kLandscape);
  EXPECT_EQ(shape_of(102, 100), Shape::kSquare);
  EXPECT_EQ(shape_of(480, 640), Shape::kPortrait);
  EXPECT_EQ(shape_of(100, 201), Shape::kTall);
}

TEST(Summary, CountsWhatPicturesAreLike) {
  std::vector<PictureFacts> pictures = {facts_of(plain(300, 300, {10, 10, 10}), 1),
                                        facts_of(plain(640, 480, {250, 250, 250}), 2),
                                        facts_of(plain(100, 200, {0, 0, 255}), 3)};
  pictures[1].format = image::ImageFormat::kPng;
  pictures[0].size_bytes = 1024;
  pictures[2].size_bytes = 3072;
  const PictureSummary summary = summarize(pictures);
  EXPECT_THAT(summary.formats, ElementsAre(Pair(image::ImageFormat::kJpeg, 2), Pair(image::ImageFormat::kPng, 1)));
  EXPECT_THAT(summary.hues, ElementsAre(Pair(Hue::kBlue, 1), Pair(Hue::kNone, 2)));
  EXPECT_EQ(summary.greyscale, 2u);
  EXPECT_EQ(summary.dark, 2u);  // black and blue
  EXPECT_EQ(summary.bright, 1u);
  EXPECT_EQ(summary.flat, 3u);
  EXPECT_EQ(summary.small, 1u);
  EXPECT_EQ(summary.size_bytes, 4096u);
  EXPECT_EQ(summary.width.median, 300);
  EXPECT_EQ(summary.kilobytes.most, 3);
}

std::vector<std::filesystem::path> files(std::initializer_list<const char*> names) {
  return {names.begin(), names.end()};
}

TEST(Classes, AreFoldersFirst) {
  const auto balance = class_balance(files({"dogs/a.jpg", "dogs/b.jpg", "cats/a.jpg", "c.jpg"}));
  EXPECT_EQ(balance.source, ClassSource::kFolders);
  ASSERT_EQ(balance.classes.size(), 3u);
  EXPECT_EQ(balance.classes[0].name, "dogs");
  EXPECT_EQ(balance.classes[0].pictures, 2u);
  EXPECT_EQ(balance.classes[1].name, "(top)");
}

TEST(Classes, AreWhatNamesBeginWith) {
  const auto balance =
      class_balance(files({"bike_185.bmp", "bike_2.bmp", "cat12.jpg", "cat7.png", "car-1.jpg", "car-2.jpg"}));
  EXPECT_EQ(balance.source, ClassSource::kNames);
  EXPECT_EQ(balance.classes.size(), 3u);
  EXPECT_THAT(balance.effective, DoubleNear(3, 1e-9));
  EXPECT_EQ(name_prefix("x/horse (3).jpg"), "horse");
  EXPECT_EQ(name_prefix("123.jpg"), "");
}

TEST(Classes, AreNoneWhereNamesSayNothing) {
  EXPECT_EQ(class_balance(files({"a.jpg", "b.jpg", "c.jpg"})).source, ClassSource::kNone);
  EXPECT_EQ(class_balance(files({"IMG_1.jpg", "IMG_2.jpg"})).source, ClassSource::kNone);
  EXPECT_EQ(class_balance(files({"a_1.jpg", "a_2.jpg", "b_1.jpg", "12.jpg"})).source, ClassSource::kNone);
  EXPECT_EQ(class_balance({}).source, ClassSource::kNone);
}

TEST(Classes, OfOnePicture) {
  EXPECT_EQ(class_of("a/b/x_1.jpg", ClassSource::kFolders), "a/b");
  EXPECT_EQ(class_of("x_1.jpg", ClassSource::kFolders), "(top)");
  EXPECT_EQ(class_of("a/x_1.jpg", ClassSource::kNames), "x");
  EXPECT_EQ(class_of("a/x_1.jpg", ClassSource::kNone), "");
}

TEST(Classes, EffectiveNumberFallsWithImbalance) {
  const auto balance = class_balance(files({"a/1.jpg", "a/2.jpg", "a/3.jpg", "b/1.jpg"}));
  EXPECT_THAT(balance.effective, DoubleNear(1.7548, 1e-4));  // exp(-(0.75 ln 0.75 + 0.25 ln 0.25))
}

}  // namespace
}  // namespace glimpse::analyze
