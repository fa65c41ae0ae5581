#include "evaluate/interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace glimpse::evaluate {
namespace {

/// 0 or 1, a share `p` of ones.
std::vector<double> coins(std::size_t count, double p, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> values(count);
  for (double& value : values) value = static_cast<double>(random() >> 11) * 0x1p-53 < p ? 1 : 0;
  return values;
}

TEST(IntervalTest, HoldsTheTrueMeanAboutAsOftenAsItSays) {
  int held = 0;
  constexpr int kTrials = 200;
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto interval =
        bootstrap_mean(coins(200, 0.4, static_cast<std::uint64_t>(trial) + 10), {}, {.resamples = 500});
    held += interval.low <= 0.4 && 0.4 <= interval.high ? 1 : 0;
  }
  EXPECT_GE(held, kTrials * 90 / 100);
  EXPECT_LE(held, kTrials * 99 / 100);
}

TEST(IntervalTest, AsWideAsTheNormalApproximation) {
  const auto interval = bootstrap_mean(coins(1000, 0.3, 1), {});
  const double expected = 2 * 1.96 * std::sqrt(interval.mean * (1 - interval.mean) / 1000);
  EXPECT_NEAR(interval.high - interval.low, expected, 0.15 * expected);
}

TEST(IntervalTest, IsWiderForValuesThatGoTogether) {
  const auto pictures = coins(100, 0.5, 3);
  std::vector<double> values;
  std::vector<int> clusters;
  for (int picture = 0; picture < 100; ++picture) {
    for (int caption = 0; caption < 5; ++caption) {
      values.push_back(pictures[static_cast<std::size_t>(picture)]);
      clusters.push_back(picture);
    }
  }
  const auto apart = bootstrap_mean(values, {}), together = bootstrap_mean(values, clusters);
  EXPECT_DOUBLE_EQ(apart.mean, together.mean);
  EXPECT_NEAR((together.high - together.low) / (apart.high - apart.low), std::sqrt(5.0), 0.4);
}

TEST(IntervalTest, SameSeedSameInterval) {
  const auto values = coins(50, 0.5, 7);
  EXPECT_EQ(bootstrap_mean(values, {}).low, bootstrap_mean(values, {}).low);
  EXPECT_EQ(bootstrap_mean({}, {}).high, 0);
}

TEST(PairedTest, TellsADifferenceFromNone) {
  const auto before = coins(300, 0.4, 5);
  auto better = before;
  for (std::size_t i = 0; i < better.size(); i += 10) better[i] = 1;
  EXPECT_LT(compare_paired(before, better, {}).p_value, 0.01);
  EXPECT_GT(compare_paired(before, better, {}).difference.low, 0);
  EXPECT_EQ(compare_paired(before, before, {}).p_value, 1);
}

TEST(PairedTest, CountsBothSides) {
  // Of the 32 ways to give five equal differences signs, two are as extreme as what was seen.
  const std::vector<double> before(5, 0.0), after(5, 1.0);
  EXPECT_NEAR(compare_paired(before, after, {}, {.resamples = 20'000}).p_value, 2.0 / 32, 0.01);
  EXPECT_NEAR(compare_paired(after, before, {}, {.resamples = 20'000}).p_value, 2.0 / 32, 0.01);
}

TEST(PairedTest, RarelySeesADifferenceThatIsChance) {
  int seen = 0;
  for (std::uint64_t trial = 0; trial < 200; ++trial) {
    const auto a = coins(100, 0.5, 2 * trial + 1000), b = coins(100, 0.5, 2 * trial + 1001);
    seen += compare_paired(a, b, {}, {.resamples = 300}).p_value < 0.05 ? 1 : 0;
  }
  EXPECT_LE(seen, 22) << "of 200, about 10 expected";
}

}  // namespace
}  // namespace glimpse::evaluate
