#include "analyze/spread.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace glimpse::analyze {

Spread spread_of(std::span<const double> values) {
  if (values.empty()) return {};
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  const auto quantile = [&](double share) {
    const double at = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(at));
    const auto above = std::min(below + 1, sorted.size() - 1);
    return std::lerp(sorted[below], sorted[above], at - static_cast<double>(below));
  };
  return {.count = sorted.size(),
          .least = sorted.front(),
          .quarter = quantile(0.25),
          .median = quantile(0.5),
          .three_quarters = quantile(0.75),
          .most = sorted.back(),
          .mean = std::accumulate(sorted.begin(), sorted.end(), 0.0) / static_cast<double>(sorted.size())};
}

}  // namespace glimpse::analyze
