#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/plot.h"

namespace glimpse::report {

struct Bar {
  std::string label;
  double value = 0;
  std::string note = {};  ///< At its end; empty: the value as a whole number.
};

/// Bars from left to right, one below the other, in the given order. Negative values and those that are no numbers are
/// drawn as 0.
struct BarChart {
  PlotText text;  ///< x_label names the labels, y_label the values.
  std::vector<Bar> bars;
  std::size_t series = 0;  ///< Chooses the colour.
};

Markup bar_chart(const BarChart& plot);

}  // namespace glimpse::report
