#include "evaluate/judged.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace glimpse::evaluate {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::Optional;

constexpr std::nullopt_t kUnjudged = std::nullopt;
const Cutoffs kCutoffs = {1, 2, 5};

TEST(Judged, HolesAreToldAndTakenOut) {
  const std::optional<int> ranked[] = {kUnjudged, 3, 0, kUnjudged, 1};
  const int judged[] = {3, 1, 0, 0};
  const auto found = measure_judged(ranked, judged, kCutoffs);
  EXPECT_THAT(found.judged, ElementsAre(0, 0.5, DoubleEq(0.6)));
  EXPECT_EQ(found.precision[0], std::nullopt) << "nobody judged the first: neither right nor wrong";
  EXPECT_THAT(found.precision[1], Optional(1.0));
  EXPECT_THAT(found.precision[2], Optional(DoubleEq(2.0 / 3)));
  const double ideal = 3 + 1 / std::log2(3.0);
  EXPECT_THAT(found.ndcg, ElementsAre(1, DoubleEq(3 / ideal), DoubleEq((3 + 1 / std::log2(4.0)) / ideal)));
}

TEST(Judged, WithoutHolesItIsTheUsualMeasure) {
  const std::optional<int> ranked[] = {2, 0, 3, 1};
  const int all[] = {2, 0, 3, 1};
  const auto found = measure_judged(ranked, all, kCutoffs);
  const auto usual = measure(all, all, kCutoffs);
  EXPECT_THAT(found.judged, ElementsAre(1, 1, 1)) << "fewer than five were found, and all are judged";
  EXPECT_EQ(found.ndcg, usual.ndcg);
  EXPECT_THAT(found.precision[1], Optional(usual.precision[1]));
}

TEST(Judged, NothingFoundAndNothingJudged) {
  const auto nothing = measure_judged({}, {}, kCutoffs);
  EXPECT_THAT(nothing.judged, ElementsAre(0, 0, 0));
  EXPECT_THAT(nothing.ndcg, ElementsAre(0, 0, 0));
  EXPECT_EQ(nothing.precision[2], std::nullopt);
}

TEST(Judged, TheMeanLeavesOutWhatIsUnknown) {
  const std::optional<int> blind[] = {kUnjudged}, right[] = {3}, wrong[] = {0};
  const int grades[] = {3, 0};
  const JudgedMeasures all[] = {measure_judged(blind, grades, {1}), measure_judged(right, grades, {1}),
                                measure_judged(wrong, grades, {1})};
  const auto found = mean(all, {1});
  EXPECT_THAT(found.judged, ElementsAre(DoubleEq(2.0 / 3)));
  EXPECT_THAT(found.precision[0], Optional(0.5));
  EXPECT_THAT(found.ndcg, ElementsAre(DoubleEq(1.0 / 3)));
  EXPECT_EQ(mean(std::span<const JudgedMeasures>(), {1}).precision[0], std::nullopt);
}

}  // namespace
}  // namespace glimpse::evaluate
