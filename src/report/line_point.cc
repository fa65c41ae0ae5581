#include "report/line_point.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace glimpse::report {
namespace {

bool drawn(const LinePoint& point) { return std::isfinite(point.x) && std::isfinite(point.y); }

}  // namespace

std::vector<LinePoint> thinned(std::span<const LinePoint> points, const Scale& across) {
  std::vector<LinePoint> kept;
  for (std::size_t begin = 0; begin < points.size();) {
    if (!drawn(points[begin])) {
      kept.push_back(points[begin++]);
      continue;
    }
    const double column = std::floor(across(points[begin].x));
    std::size_t end = begin, low = begin, high = begin;
    for (; end < points.size() && drawn(points[end]) && std::floor(across(points[end].x)) == column; ++end) {
      if (points[end].y < points[low].y) low = end;
      if (points[end].y > points[high].y) high = end;
    }
    std::array<std::size_t, 4> chosen = {begin, low, high, end - 1};
    std::ranges::sort(chosen);
    const auto [repeated, last] = std::ranges::unique(chosen);
    for (const auto* at = chosen.begin(); at != repeated; ++at) kept.push_back(points[*at]);
    begin = end;
  }
  return kept;
}

}  // namespace glimpse::report
