#include "analyze/duplicates.h"

#include <gmock/gmock.h>

#include "analyze/pictures_for_tests.h"
#include "image/decode.h"
#include "image/thumbnail.h"

namespace glimpse::analyze {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

PictureFacts copy_of(const image::Image& picture, int side, int quality, std::uint64_t content) {
  const auto decoded = image::decode(image::thumbnail_jpeg(picture, side, quality).value());
  return facts_of(decoded->image, content);
}

TEST(ExactDuplicates, AreFilesOfTheSameBytes) {
  std::vector<PictureFacts> pictures(6);
  for (std::size_t i = 0; i < 6; ++i) pictures[i].content = {std::array<std::uint64_t, 6>{7, 1, 7, 2, 1, 7}[i], 0};
  EXPECT_THAT(exact_duplicates(pictures), ElementsAre(ElementsAre(0, 2, 5), ElementsAre(1, 4)));
}

TEST(NearDuplicates, AreResizedAndSavedAgain) {
  std::vector<PictureFacts> pictures;
  for (std::uint64_t i = 0; i < 40; ++i) pictures.push_back(facts_of(scene(320, 240, i), i));
  pictures.push_back(copy_of(scene(320, 240, 3), 120, 50, 100));
  pictures.push_back(copy_of(scene(320, 240, 3), 320, 30, 101));
  pictures.push_back(copy_of(scene(320, 240, 9), 200, 80, 102));
  for (const int threads : {1, 3}) {
    EXPECT_THAT(near_duplicates(pictures, threads), ElementsAre(ElementsAre(3, 40, 41), ElementsAre(9, 42)));
  }
}

TEST(NearDuplicates, LeaveOutWhatIsTheSameFile) {
  std::vector<PictureFacts> pictures = {facts_of(scene(100, 100, 1), 1), facts_of(scene(100, 100, 1), 1)};
  EXPECT_THAT(near_duplicates(pictures, 1), IsEmpty());
}

TEST(NearDuplicates, AreNotOfAnotherShape) {
  std::vector<PictureFacts> pictures = {facts_of(scene(320, 240, 1), 1), facts_of(scene(240, 240, 1), 2)};
  EXPECT_THAT(near_duplicates(pictures, 1), IsEmpty());
  EXPECT_THAT(near_duplicates(pictures, 1, {.ratio = 2}), ElementsAre(ElementsAre(0, 1)));
}

TEST(NearDuplicates, OfDrawingsOnWhiteAreNotAnyTwo) {
  const auto drawing = [](int left, int top) {
    return painted(200, 200, [=](int x, int y) {
      const bool inside = x >= left && x < left + 50 && y >= top && y < top + 50;
      return inside ? Rgb{20, 60, 160} : Rgb{255, 255, 255};
    });
  };
  std::vector<PictureFacts> pictures = {facts_of(drawing(20, 20), 1), facts_of(drawing(120, 90), 2),
                                        facts_of(drawing(60, 130), 3)};
  EXPECT_THAT(near_duplicates(pictures, 1), IsEmpty());
}

TEST(Originals, JoinBothKindsOfCopies) {
  EXPECT_THAT(originals(8, {{5, 7}}, {{0, 5}, {1, 2}}), ElementsAre(0, 1, 1, 3, 4, 0, 6, 0));
}

}  // namespace
}  // namespace glimpse::analyze
