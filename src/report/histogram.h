#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "report/plot.h"

namespace glimpse::report {

/// Bins of equal, round width: bin i holds first + i·width <= value < first + (i + 1)·width, the last also its end.
struct Bins {
  double first = 0, width = 1;
  int decimals = 0;  ///< Of its edges.
  std::vector<std::size_t> counts;
};

/// About `wanted` bins over the values' range. whole: values are whole numbers, and bins are centred on them or hold
/// several. Values that are no numbers are left out; no value gives no bin.
Bins bin(std::span<const double> values, int wanted = 24, bool whole = false);

struct Histogram {
  PlotText text;  ///< y_label: "pictures", …
  std::vector<double> values;
  int bins = 24;
  bool whole = false;
  std::size_t series = 0;  ///< Chooses the colour.
};

Markup histogram(const Histogram& plot);

}  // namespace glimpse::report
