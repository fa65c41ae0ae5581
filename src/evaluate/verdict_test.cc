#include "evaluate/verdict.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace glimpse::evaluate {
namespace {

/// Pairs whose difference is drawn around `shift`.
Comparison drawn(std::size_t count, double shift, double deviation, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise(shift, deviation);
  std::vector<double> before(count, 0.5), after;
  for (std::size_t i = 0; i < count; ++i) after.push_back(0.5 + noise(random));
  return compare(before, after, {});
}

TEST(Verdict, SaysWhatIsBetterAndByHowMuch) {
  const std::vector<double> before(40, 0.25);
  std::vector<double> after(40, 0.5);
  after[3] = 0.25;
  after[4] = 0.125;
  const auto found = compare(before, after, {});
  EXPECT_EQ(outcome_of(found), Outcome::kBetter);
  EXPECT_EQ(found.wins, 38u);
  EXPECT_EQ(found.losses, 1u);
  EXPECT_EQ(found.ties, 1u);
  EXPECT_NEAR(found.after - found.before, found.paired.difference.mean, 1e-12);
  const auto words = verdict(found, "nDCG@10", "A", "B");
  EXPECT_TRUE(words.starts_with("B is better than A: nDCG@10 +0.234 [0.2")) << words;
  EXPECT_TRUE(words.ends_with("], p < 0.001")) << words;
  const auto turned = compare(after, before, {});
  EXPECT_EQ(outcome_of(turned), Outcome::kWorse);
  EXPECT_TRUE(verdict(turned, "MRR", "A", "B").starts_with("B is worse than A: MRR -0.234 [-0.2"));
}

TEST(Verdict, ChanceIsNoDifferenceAndTheNeedIsSaid) {
  const std::vector<double> before = {0.5, 0.5, 0.5, 0.5, 0.5, 0.5}, after = {1, 0.25, 0.5, 0.75, 0.25, 0.5};
  const auto found = compare(before, after, {});
  EXPECT_EQ(outcome_of(found), Outcome::kNoDifference);
  const auto words = verdict(found, "nDCG@10", "A", "B");
  EXPECT_TRUE(words.starts_with("no difference that this data can show: nDCG@10 +0.042 [")) << words;
  EXPECT_TRUE(words.ends_with(" more queries would be needed")) << words;
}

TEST(Verdict, NeedsTheTestAndTheWholeInterval) {
  const auto outcome = [](double low, double high, double p) {
    Comparison found;
    found.wins = 9;
    found.losses = 4;
    found.paired.difference = {(low + high) / 2, low, high};
    found.paired.p_value = p;
    return outcome_of(found);
  };
  EXPECT_EQ(outcome(0.01, 0.2, 0.04), Outcome::kBetter);
  EXPECT_EQ(outcome(-0.2, -0.01, 0.04), Outcome::kWorse);
  EXPECT_EQ(outcome(-0.01, 0.2, 0.04), Outcome::kNoDifference);
  EXPECT_EQ(outcome(-0.2, 0.01, 0.04), Outcome::kNoDifference);
  EXPECT_EQ(outcome(0.01, 0.2, 0.05), Outcome::kNoDifference);
  EXPECT_EQ(outcome(-0.2, -0.01, 0.05), Outcome::kNoDifference);
}

TEST(Verdict, EqualAnswersNeedNoTest) {
  const std::vector<double> same(1234, 0.5);
  const auto found = compare(same, same, {});
  EXPECT_EQ(outcome_of(found), Outcome::kEqual);
  EXPECT_EQ(more_queries_needed(found), std::nullopt);
  EXPECT_EQ(verdict(found, "nDCG@10", "f32", "bf16"), "f32 and bf16 are equally right on each of 1,234 queries");
  EXPECT_EQ(outcome_of(compare({}, {}, {})), Outcome::kEqual);
}

TEST(Verdict, TheStandardErrorIsThatOfTheTextbook) {
  const std::vector<double> before(5, 0), after = {0.1, 0.2, 0.3, 0.4, 0.5};
  EXPECT_NEAR(compare(before, after, {}).standard_error, std::sqrt(0.025 / 5), 1e-12);
  // Captions of one picture that always agree are one observation.
  const std::vector<double> twice_before(10, 0), twice = {0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4, 0.5, 0.5};
  const std::vector<int> pictures = {0, 0, 1, 1, 2, 2, 3, 3, 4, 4};
  const auto grouped = compare(twice_before, twice, pictures);
  EXPECT_NEAR(grouped.standard_error, std::sqrt(0.025 / 5), 1e-12);
  EXPECT_EQ(grouped.groups, 5u);
  EXPECT_EQ(grouped.queries, 10u);
}

/// The size that it names, tried: with so many queries, four of five trials show the difference.
TEST(Verdict, TheNeedIsWhatItPromises) {
  constexpr double kShift = 0.05, kDeviation = 0.25;
  Comparison seen{.paired = {}};
  seen.paired.difference.mean = kShift;
  seen.queries = 50;
  seen.standard_error = kDeviation / std::sqrt(50.0);
  const auto more = more_queries_needed(seen);
  ASSERT_TRUE(more);
  EXPECT_EQ(*more, 150u);  // 196.2 less 50, rounded up to two digits
  int shown = 0;
  constexpr int kTrials = 200;
  for (int i = 0; i < kTrials; ++i) {
    shown += outcome_of(drawn(50 + *more, kShift, kDeviation, static_cast<std::uint64_t>(i))) == Outcome::kBetter;
  }
  EXPECT_GE(shown, kTrials * 70 / 100);
  EXPECT_LE(shown, kTrials * 90 / 100);
}

TEST(Verdict, NoNeedIsBeyondAllNumbers) {
  Comparison seen{.paired = {}};
  seen.paired.difference.mean = 1e-11;
  seen.standard_error = 1;
  seen.queries = 1000;
  seen.wins = 1;
  seen.paired.difference.low = -0.002;
  seen.paired.difference.high = 0.001;
  EXPECT_TRUE(verdict(seen, "MRR", "A", "B").ends_with("p = 1.000; if there is one, it is at most 0.002"));
}

}  // namespace
}  // namespace glimpse::evaluate
