#pragma once

#include <string>
#include <vector>

#include "report/plot.h"

namespace glimpse::report {

struct LinePoint {
  double x = 0, y = 0;
};

struct Series {
  std::string name;
  std::vector<LinePoint> points;  ///< By ascending x. A point that is no number interrupts the line.
};

/// Several series over one pair of axes; colour and dash tell them apart, a legend names them.
struct LineChart {
  PlotText text;
  std::vector<Series> series;
  bool from_zero = false;  ///< The y axis begins at 0.
};

Markup line_chart(const LineChart& plot);

}  // namespace glimpse::report
