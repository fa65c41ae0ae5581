#include "evaluate/gate.h"

#include <gmock/gmock.h>

#include <limits>

namespace glimpse::evaluate {
namespace {

using testing::HasSubstr;

TEST(Gate, ABetterModelPassesWhereNothingGuards) {
  EXPECT_TRUE(decide({.better = true, .verdict = "B is better", .guard = {}}).passed);
}

TEST(Gate, WhatIsNotBetterWithConfidenceDoesNot) {
  const auto decision = decide({.better = false, .verdict = "no difference", .guard = 0.5});
  EXPECT_FALSE(decision.passed);
  EXPECT_THAT(decision.reason, HasSubstr("no difference"));
}

TEST(Gate, TheGuardMayFallByItsToleranceAndNoMore) {
  const GateEvidence kept{.better = true, .verdict = "B is better", .guard = -0.0625, .guard_tolerance = 0.0625};
  EXPECT_TRUE(decide(kept).passed);
  GateEvidence lost = kept;
  lost.guard = -0.07;
  const auto decision = decide(lost);
  EXPECT_FALSE(decision.passed);
  EXPECT_THAT(decision.reason, HasSubstr("nDCG@10 -0.070"));
}

TEST(Gate, AGuardThatMeasuredNothingLetsNothingPass) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(decide({.better = true, .verdict = "B is better", .guard = none, .guard_tolerance = 1}).passed);
}

}  // namespace
}  // namespace glimpse::evaluate
