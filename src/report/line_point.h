#pragma once

#include <span>
#include <vector>

#include "report/axis.h"

namespace glimpse::report {

struct LinePoint {
  double x = 0, y = 0;
};

/// Of points by ascending x those that show: of each column of pixels the first, the lowest, the highest and the last,
/// in their order, so that no peak is lost. Points that are no numbers stay.
std::vector<LinePoint> thinned(std::span<const LinePoint> points, const Scale& across);

}  // namespace glimpse::report
