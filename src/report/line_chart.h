#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/line_point.h"
#include "report/plot.h"

namespace glimpse::report {

struct Series {
  std::string name;
  std::vector<LinePoint> points;  ///< By ascending x. A point that is no number interrupts the line.
  bool faint = false;             ///< Thin and grey, behind the others: what a smoother one is made of.
};

/// A place on the x axis that is pointed out: an upright line, named in the legend.
struct Guide {
  double x = 0;
  std::string name;
};

/// Several series over one pair of axes; colour and dash tell them apart, a legend names them. Of more points than
/// there is room for, the highest and the lowest of each column of pixels are drawn.
struct LineChart {
  PlotText text;
  std::vector<Series> series;
  bool from_zero = false;                      ///< The y axis begins at 0.
  std::vector<Guide> guides = {};              ///< Those that are no numbers are left out.
  std::optional<double> x_end = std::nullopt;  ///< The x axis reaches this far at least: what is still to come.
};

Markup line_chart(const LineChart& plot);

}  // namespace glimpse::report
