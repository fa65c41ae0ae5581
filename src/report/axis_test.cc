#include "report/axis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace glimpse::report {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

TEST(Ticks, AreRound) {
  EXPECT_THAT(ticks(0, 100).values, ElementsAre(0, 50, 100));
  EXPECT_THAT(ticks(0, 7, 8).values, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(ticks(0.12, 0.31, 5).values,
              ElementsAre(DoubleNear(0.1, 1e-12), DoubleNear(0.15, 1e-12), DoubleNear(0.2, 1e-12),
                          DoubleNear(0.25, 1e-12), DoubleNear(0.3, 1e-12), DoubleNear(0.35, 1e-12)));
  EXPECT_EQ(ticks(0.12, 0.31, 5).decimals, 2);
}

TEST(Ticks, EncloseEveryRange) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> power(-9, 9), part(-1, 1);
  for (int i = 0; i < 2'000; ++i) {
    const double scale = std::pow(10, power(random)), a = part(random) * scale, b = part(random) * scale;
    const Ticks found = ticks(a, b);
    ASSERT_GE(found.values.size(), 2u);
    ASSERT_LE(found.values.size(), 8u) << a << " " << b;
    EXPECT_LE(found.values.front(), std::min(a, b) + 1e-6 * found.step);
    EXPECT_GE(found.values.back(), std::max(a, b) - 1e-6 * found.step);
  }
}

TEST(Ticks, OfOneValueOrNoNumberStillSpanSomething) {
  for (const double value : {0.0, 5.0, -3.0, 1e12, 1e-12, std::nan(""), std::numeric_limits<double>::infinity()}) {
    const Ticks found = ticks(value, value);
    ASSERT_GE(found.values.size(), 2u) << value;
    ASSERT_LE(found.values.size(), 12u) << value;
    EXPECT_LT(found.values.front(), found.values.back());
  }
}

TEST(TickLabel, GroupsThousands) {
  EXPECT_EQ(tick_label(1234567, 0), "1,234,567");
  EXPECT_EQ(tick_label(999, 0), "999");
  EXPECT_EQ(tick_label(-1000.5, 1), "-1,000.5");
  EXPECT_EQ(tick_label(-0.0001, 2), "0.00");
}

}  // namespace
}  // namespace glimpse::report
