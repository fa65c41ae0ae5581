#pragma once

#include <string>
#include <vector>

namespace glimpse::report {

/// A straight mapping of values to pixels.
struct Scale {
  double low = 0, high = 1;  ///< Values; low < high.
  double from = 0, to = 1;   ///< Pixels.
  double operator()(double value) const { return from + (value - low) / (high - low) * (to - from); }
};

/// Round values to mark on an axis.
struct Ticks {
  std::vector<double> values;  ///< Ascending, evenly spaced, each a multiple of the step.
  double step = 1;             ///< 1, 2 or 5 times a power of ten.
  int decimals = 0;            ///< What a label needs to tell neighbours apart.
};

/// The smallest round step (1, 2 or 5 times a power of ten) that is at least `step`, which is positive and finite.
double round_step(double step);

/// At most about `wanted` ticks whose first and last enclose [low, high]. Equal or unordered ends are moved apart;
/// values that are no numbers count as 0.
Ticks ticks(double low, double high, int wanted = 5);

/// "12,000", "0.25", "-3".
std::string tick_label(double value, int decimals);

}  // namespace glimpse::report
