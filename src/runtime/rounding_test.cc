#include "runtime/rounding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace glimpse::runtime {
namespace {

constexpr std::size_t kWidth = 64, kOut = 32, kPictures = 4, kTokens = 200;

/// Gaussian activations, some channels of which are greater than the others, and gaussian weights.
struct Layer {
  std::vector<float> x;  ///< [pictures · tokens, width]
  std::vector<float> weight;

  explicit Layer(float outlier) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (std::size_t i = 0; i < kPictures * kTokens * kWidth; ++i) x.push_back(normal(random) * factor(i, outlier));
    for (std::size_t i = 0; i < kOut * kWidth; ++i) weight.push_back(normal(random));
  }
  static float factor(std::size_t i, float outlier) { return i % kWidth % 16 == 3 ? outlier : 1; }

  std::vector<double> outputs(const std::vector<float>& inputs, const std::vector<float>& weights) const {
    std::vector<double> y;
    for (std::size_t row = 0; row < inputs.size(); row += kWidth) {
      for (std::size_t out = 0; out < weights.size(); out += kWidth) {
        double sum = 0;
        for (std::size_t c = 0; c < kWidth; ++c) sum += static_cast<double>(inputs[row + c]) * weights[out + c];
        y.push_back(sum);
      }
    }
    return y;
  }

  LinearStatistics statistics() const {
    LinearStatistics s{.width = kWidth,
                       .low = std::vector<float>(kPictures * kWidth),
                       .high = std::vector<float>(kPictures * kWidth),
                       .mean_square = std::vector<double>(kWidth),
                       .weights = {weight},
                       .output_variance = 0};
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t cell = i / (kTokens * kWidth) * kWidth + i % kWidth;
      s.low[cell] = std::min(s.low[cell], x[i]);
      s.high[cell] = std::max(s.high[cell], x[i]);
      s.mean_square[i % kWidth] += static_cast<double>(x[i]) * x[i] / (kPictures * kTokens);
    }
    for (const double y : outputs(x, weight)) s.output_variance += y * y / (kPictures * kTokens);
    return s;
  }

  /// What rounding by `range` really adds, over the outputs' variance.
  double measured_noise(const models::ActivationRange& range) const {
    std::vector<float> shifts(kWidth, 0);
    std::ranges::copy(range.shifts, shifts.begin());
    std::vector<float> rounded = x, rounded_weight = weight;
    const float step = (range.high - range.low) / 255;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const float scaled = std::clamp(std::ldexp(x[i], -static_cast<int>(shifts[i % kWidth])), range.low, range.high);
      rounded[i] = std::round(scaled / step) * step;
    }
    for (std::size_t row = 0; row < weight.size(); row += kWidth) {
      float most = 0;
      for (std::size_t c = 0; c < kWidth; ++c) {
        rounded_weight[row + c] = std::ldexp(weight[row + c], static_cast<int>(shifts[c]));
        most = std::max(most, std::abs(rounded_weight[row + c]));
      }
      for (std::size_t c = 0; c < kWidth; ++c) {
        rounded_weight[row + c] = std::round(rounded_weight[row + c] / most * 127) * most / 127;
      }
    }
    const auto exact = outputs(x, weight), got = outputs(rounded, rounded_weight);
    double error = 0, square = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      error += (got[i] - exact[i]) * (got[i] - exact[i]);
      square += exact[i] * exact[i];
    }
    return error / square;
  }
};

TEST(Rounding, ForeseesTheNoise) {
  for (const float outlier : {1.0f, 5.0f, 40.0f}) {
    SCOPED_TRACE(outlier);
    const Layer layer(outlier);
    const Rounding rounding = choose_rounding(layer.statistics());
    const double measured = layer.measured_noise(rounding.range);
    EXPECT_GT(measured, rounding.noise / 3);
    EXPECT_LT(measured, rounding.noise * 3) << "also what is beyond the average extremes is cut off";
  }
}

TEST(Rounding, ShiftsTakeTheEdgeOffAGreatChannel) {
  const Layer layer(40);
  const Rounding rounding = choose_rounding(layer.statistics());
  ASSERT_EQ(rounding.range.shifts.size(), kWidth);
  for (std::size_t c = 0; c < kWidth; ++c) {
    EXPECT_EQ(rounding.range.shifts[c] > 1, c % 16 == 3) << c;
  }
  models::ActivationRange without{.low = 0, .high = 0};
  const auto [low, high] = std::ranges::minmax_element(layer.x);
  without.low = *low;
  without.high = *high;
  EXPECT_LT(layer.measured_noise(rounding.range), layer.measured_noise(without) / 2);
}

TEST(Rounding, ChannelsOfOneSizeNeedNoShifts) {
  EXPECT_TRUE(choose_rounding(Layer(1).statistics()).range.shifts.empty());
}

TEST(Rounding, LeavesInF32WhatItWouldHurt) {
  EXPECT_FALSE(choose_rounding(Layer(40).statistics()).range.precise);
  LinearStatistics s = Layer(1).statistics();
  for (float& high : s.high) high *= 100;  // A rare extreme in every channel: no shift helps.
  EXPECT_TRUE(choose_rounding(s).range.precise);
}

TEST(Rounding, ALayerThatSeesNothingIsARangeAllTheSame) {
  LinearStatistics s = Layer(1).statistics();
  std::ranges::fill(s.low, 0.0f);
  std::ranges::fill(s.high, 0.0f);
  std::ranges::fill(s.mean_square, 0.0);
  s.output_variance = 0;
  const models::ActivationRange range = choose_rounding(s).range;
  EXPECT_LT(range.low, range.high);
  EXPECT_TRUE(range.shifts.empty());
}

}  // namespace
}  // namespace glimpse::runtime
