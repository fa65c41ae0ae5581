#pragma once

#include <cstddef>
#include <span>

namespace glimpse::analyze {

/// How values are spread. All 0 where there is no value.
struct Spread {
  std::size_t count = 0;
  double least = 0, quarter = 0, median = 0, three_quarters = 0, most = 0;  ///< Quantiles, interpolated.
  double mean = 0;
};

Spread spread_of(std::span<const double> values);

}  // namespace glimpse::analyze
