#include "train/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "image/decode.h"
#include "train/likeness.h"
#include "train/small_run.h"
#include "train/split.h"

namespace glimpse::train {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;

TEST(Survey, CountsAndNamesWhatIsWrong) {
  SmallData small(6);
  auto& truth = small.truth;
  truth.broken = 3;
  truth.empty = 2;
  truth.repeated = 1;
  truth.pictures.insert(truth.pictures.end(), {"gone.bmp", "broken.bmp"});
  truth.texts.push_back({"something to find", {0, 1, 6, 7}});
  std::ofstream(small.directory.path() / "broken.bmp") << "no picture";
  const Dataset data = small.survey();
  EXPECT_EQ(data.pictures.size(), 6u);
  EXPECT_EQ(data.problems.missing, 1u);
  EXPECT_EQ(data.problems.unreadable, 1u);
  EXPECT_EQ(data.problems.broken, 3u);
  EXPECT_EQ(data.problems.empty_captions, 2u);
  EXPECT_EQ(data.problems.repeated_captions, 1u);
  EXPECT_EQ(data.problems.shared_captions, 1u);
  EXPECT_THAT(data.problems.remarks, Contains(HasSubstr("gone.bmp")));
  EXPECT_THAT(data.problems.remarks, Contains(HasSubstr("broken.bmp")));
}

TEST(Survey, RefusesADataSetOfOnePicture) {
  SmallData small(1);
  fs::copy(small.directory.path() / "picture0.bmp", small.directory.path() / "copy.bmp");
  small.truth.pictures.emplace_back("copy.bmp");
  small.truth.texts.push_back({"the same again", {1}});
  const auto data = survey(small.truth, small.directory.path(), {});
  ASSERT_FALSE(data);
  EXPECT_EQ(data.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(data.error().message(), HasSubstr("expected at least two different pictures"));
}

TEST(Survey, CopiesAndNearCopiesAreOneGroup) {
  SmallData small(8);
  const fs::path& folder = small.directory.path();
  fs::copy(folder / "picture2.bmp", folder / "copy.bmp");
  write_bmp(folder / "light.bmp", {101, 151, 201});
  write_bmp(folder / "lighter.bmp", {103, 152, 200}, 32);
  for (const char* name : {"copy.bmp", "light.bmp", "lighter.bmp"}) {
    small.truth.texts.push_back({name, {small.truth.pictures.size()}});
    small.truth.pictures.emplace_back(name);
  }
  const Dataset data = small.survey();
  EXPECT_EQ(data.pictures[8].group, data.pictures[2].group);
  EXPECT_EQ(data.pictures[9].group, data.pictures[10].group);
  EXPECT_EQ(data.problems.duplicate_pictures, 1u);
  EXPECT_EQ(data.problems.similar_pictures, 1u);
  EXPECT_EQ(data.groups, 9u);
}

// The window of brightness must lose no pair: compared with all pairs.
TEST(Likeness, GroupsAreThoseOfAllPairs) {
  Random random({7});
  std::vector<Likeness> likenesses(120);
  std::vector<std::string> sha1s;
  for (std::size_t i = 0; i < likenesses.size(); ++i) {
    sha1s.push_back(std::to_string(i));
    if (i % 3 == 0) {
      for (auto& value : likenesses[i]) value = static_cast<std::uint8_t>(random.below(256));
    } else {
      likenesses[i] = likenesses[i - 1];
      for (auto& value : likenesses[i]) value = static_cast<std::uint8_t>(std::min(255, value + int(random.below(9))));
    }
  }
  const auto groups = group_pictures(sha1s, likenesses);
  for (std::size_t i = 0; i < likenesses.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      int sum = 0;
      for (std::size_t k = 0; k < 192; ++k) sum += std::abs(int{likenesses[i][k]} - int{likenesses[j][k]});
      if (sum <= kNearlyTheSame * 192) {
        EXPECT_EQ(groups[i], groups[j]);
      }
    }
  }
  EXPECT_GT(std::set<std::size_t>(groups.begin(), groups.end()).size(), 39u);
}

TEST(Survey, ItsHashIsOfContentAndCaptionsWhateverTheOrder) {
  SmallData small(4);
  const std::string hash = small.survey().sha1;
  std::ranges::reverse(small.truth.texts);
  EXPECT_EQ(small.survey().sha1, hash);
  small.truth.texts[0].text += "!";
  EXPECT_NE(small.survey().sha1, hash);
}

TEST(Split, StaysWhenPicturesComeAndNoGroupIsDivided) {
  SmallData small(200);
  const fs::path& folder = small.directory.path();
  for (int i = 0; i < 40; ++i) {
    const std::string name = "copy" + std::to_string(i) + ".bmp";
    fs::copy(folder / small.truth.pictures[static_cast<std::size_t>(i)], folder / name);
    small.truth.texts.push_back({name, {small.truth.pictures.size()}});
    small.truth.pictures.emplace_back(name);
  }
  const Dataset data = small.survey();
  const SplitOptions options{.validation = 0.2, .test = 0.2};
  const Split all = *split(data, options);
  for (const Picture& picture : data.pictures) {
    for (std::size_t j = 0; j < data.pictures.size(); ++j) {
      const auto i = static_cast<std::size_t>(&picture - data.pictures.data());
      if (data.pictures[j].group == picture.group) {
        ASSERT_EQ(all.parts[i], all.parts[j]);
      }
    }
  }
  for (const Part part : {Part::kValidation, Part::kTest}) {
    EXPECT_GT(all.of(part).size(), 240 * 0.1);
    EXPECT_LT(all.of(part).size(), 240 * 0.3);
  }
  SmallData fewer(100);
  const Dataset part = fewer.survey();
  const Split some = *split(part, options);
  std::size_t moved = 0;
  for (std::size_t i = 0; i < part.pictures.size(); ++i) moved += some.parts[i] == all.parts[i] ? 0 : 1;
  EXPECT_LT(moved, 40u);  // only those whose copy or like came and drew them over
  EXPECT_NE(some.sha1, all.sha1);
}

TEST(Split, KnowsNoCaptionAndCanGoByContent) {
  SmallData small(30);
  const Split before = *split(small.survey(), {.key = SplitKey::kContent});
  for (auto& text : small.truth.texts) text.text = "another " + text.text;
  EXPECT_EQ(split(small.survey(), {.key = SplitKey::kContent})->parts, before.parts);
  for (auto& name : small.truth.pictures) {
    fs::rename(small.directory.path() / name, small.directory.path() / ("z" + name.native()));
    name = "z" + name.native();
  }
  EXPECT_EQ(split(small.survey(), {.key = SplitKey::kContent})->parts, before.parts);
}

TEST(Split, FewPicturesStillHaveTwoOfEach) {
  const Split four = *split(SmallData(4).survey(), {.validation = 0.01, .test = 0});
  EXPECT_EQ(four.of(Part::kValidation).size(), 2u);
  EXPECT_EQ(four.of(Part::kTrain).size(), 2u);
  const auto three = split(SmallData(3).survey(), {.validation = 0.01, .test = 0});
  ASSERT_FALSE(three);
  EXPECT_THAT(three.error().message(), HasSubstr("3 different pictures"));
  EXPECT_FALSE(split(SmallData(4).survey(), {.validation = 0.5, .test = 0.5}));
}

}  // namespace
}  // namespace glimpse::train
