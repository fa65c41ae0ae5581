#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/picture.h"
#include "report/plot.h"

namespace glimpse::report {

struct ScatterPoint {
  double x = 0, y = 0;
  std::size_t group = 0;   ///< Index into Scatter::groups.
  std::string hover = {};  ///< What a pointer over it is told.
  std::string label = {};  ///< Written beside it; for few points.
};

/// A picture that stands on the map where its point lies.
struct Pin {
  double x = 0, y = 0;
  std::size_t group = 0;
  std::string hover = {};
  Thumbnail thumbnail = {};
};

/// Points in a plane, coloured by group. Without axes it is a map: only nearness means something.
struct Scatter {
  PlotText text;
  std::vector<ScatterPoint> points;
  std::vector<std::string> groups;  ///< Names, for the legend; one alone needs none.
  std::vector<Pin> pins = {};
  bool axes = false;
};

/// Points and pins that are no numbers are left out.
Markup scatter(const Scatter& plot);

}  // namespace glimpse::report
