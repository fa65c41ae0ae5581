#include "runtime/rounding.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace glimpse::runtime {
namespace {

constexpr std::array<double, 5> kPowers = {0, 0.25, 0.5, 0.75, 1};
constexpr double kActivationSteps = 255;
constexpr double kWeightSteps = 127;
constexpr int kMaxShift = 30;
constexpr double kUniformVariance = 1.0 / 12;  ///< Of an error that is uniform over one step.

/// The greatest absolute value of each channel in any picture.
std::vector<double> greatest(const LinearStatistics& s) {
  std::vector<double> most(s.width);
  for (std::size_t i = 0; i < s.low.size(); ++i) {
    double& channel = most[i % s.width];
    channel = std::max({channel, -static_cast<double>(s.low[i]), static_cast<double>(s.high[i])});
  }
  return most;
}

/// Whole powers of two near most^power, 0 on average over the channels that are not always 0.
std::vector<std::int8_t> shifts_of(const std::vector<double>& most, double power) {
  double sum = 0, alive = 0;
  for (const double x : most) {
    if (x == 0) continue;
    sum += std::log2(x);
    ++alive;
  }
  const double center = alive > 0 ? sum / alive : 0;
  std::vector<std::int8_t> shifts(most.size());
  std::ranges::transform(most, shifts.begin(), [&](double x) {
    if (x == 0) return std::int8_t{0};
    return static_cast<std::int8_t>(
        std::clamp<long>(std::lround(power * (std::log2(x) - center)), -kMaxShift, kMaxShift));
  });
  return shifts;
}

/// The extremes of each picture after the shifts, averaged over the pictures.
models::ActivationRange range_of(const LinearStatistics& s, std::vector<std::int8_t> shifts) {
  const std::size_t pictures = s.low.size() / s.width;
  double low = 0, high = 0;
  for (std::size_t picture = 0; picture < pictures; ++picture) {
    float least = 0, most = 0;
    for (std::size_t c = 0; c < s.width; ++c) {
      const float factor = std::ldexp(1.0f, -shifts[c]);
      least = std::min(least, s.low[picture * s.width + c] * factor);
      most = std::max(most, s.high[picture * s.width + c] * factor);
    }
    low += least;
    high += most;
  }
  const auto count = static_cast<double>(pictures);
  models::ActivationRange range{.low = static_cast<float>(low / count), .high = static_cast<float>(high / count)};
  if (range.low == range.high) range.high = 1;  // Always 0: any step will do.
  if (std::ranges::any_of(shifts, [](std::int8_t shift) { return shift != 0; })) range.shifts = std::move(shifts);
  return range;
}

/// Rounded activations add step²/12 times the square of each weight that they meet; rounded weights the same the other
/// way about.
double noise_of(const LinearStatistics& s, const models::ActivationRange& range,
                const std::vector<std::int8_t>& shifts) {
  const double step = (static_cast<double>(range.high) - range.low) / kActivationSteps;
  double seen = 0;  // mean square of the shifted input, all channels together
  for (std::size_t c = 0; c < s.width; ++c) seen += s.mean_square[c] * std::ldexp(1.0, -2 * shifts[c]);
  std::vector<float> factors(s.width);
  std::ranges::transform(shifts, factors.begin(), [](std::int8_t shift) { return std::ldexp(1.0f, shift); });
  double noise = 0;
  for (const std::span<const float> weight : s.weights) {
    for (std::size_t row = 0; row < weight.size(); row += s.width) {
      double squares = 0;
      float most = 0;
      for (std::size_t c = 0; c < s.width; ++c) {
        const float w = weight[row + c] * factors[c];
        squares += static_cast<double>(w) * w;
        most = std::max(most, std::abs(w));
      }
      const double weight_step = most / kWeightSteps;
      noise += kUniformVariance * (step * step * squares + weight_step * weight_step * seen);
    }
  }
  return noise;
}

}  // namespace

Rounding choose_rounding(const LinearStatistics& s) {
  const std::vector<double> most = greatest(s);
  Rounding best{.range = {}, .noise = std::numeric_limits<double>::infinity()};
  for (const double power : kPowers) {
    const std::vector<std::int8_t> shifts = shifts_of(most, power);
    models::ActivationRange range = range_of(s, shifts);
    const double noise = noise_of(s, range, shifts);
    if (noise < best.noise) best = {.range = std::move(range), .noise = noise};
  }
  best.noise /= std::max(s.output_variance, std::numeric_limits<double>::min());
  best.range.precise = best.noise > kMostNoise;
  return best;
}

}  // namespace glimpse::runtime
