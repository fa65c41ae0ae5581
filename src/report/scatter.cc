#include "report/scatter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/data_uri.h"
#include "report/svg.h"

namespace glimpse::report {
namespace {

constexpr double kWidth = 640, kHeight = 480, kPin = 46;

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

template <typename Point>
bool drawn(const Point& point) {
  return std::isfinite(point.x) && std::isfinite(point.y);
}

/// A range that all points fit in with a little room, never empty.
Scale fitted(Range range, double from, double to) {
  const double apart = std::max(range.high - range.low, 1e-9);
  return {range.low - 0.03 * apart, range.high + 0.03 * apart, from, to};
}

Markup point_of(const ScatterPoint& point, const Scale& across, const Scale& up, double radius) {
  const double x = across(point.x), y = up(point.y);
  Markup drawing = svg_mark(x, y, radius, point.group, point.hover);
  if (!point.label.empty()) drawing += svg_text(x + radius + 4, y + 4, "name", point.label);
  return drawing;
}

/// The thumbnail in a frame of its group's colour, kept inside the map.
Markup pin_of(const Pin& pin, const Scale& across, const Scale& up) {
  const double longer = std::max({1, pin.thumbnail.width, pin.thumbnail.height});
  const double width = kPin * pin.thumbnail.width / longer, height = kPin * pin.thumbnail.height / longer;
  const double x = std::clamp(across(pin.x) - width / 2, 2.0, kWidth - width - 2);
  const double y = std::clamp(up(pin.y) - height / 2, 2.0, kHeight - height - 2);
  const Attributes box = {{"x", pixels(x)}, {"y", pixels(y)}, {"width", pixels(width)}, {"height", pixels(height)}};
  Attributes image = box;
  image.push_back({"href", data_uri("image/jpeg", pin.thumbnail.jpeg)});
  return element("g", {{"class", "pin " + series_class(pin.group)}},
                 {element("title", pin.hover), empty_element("rect", box), empty_element("image", image)});
}

Markup legend_of(const std::vector<std::string>& groups) {
  if (groups.size() < 2) return {};
  Markup items;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const Markup sample =
        element("svg", {{"viewBox", "0 0 26 12"}, {"aria-hidden", "true"}}, svg_mark(18, 7, 4.5, i, ""));
    items += element("li", {sample, groups[i]});
  }
  return element("ul", {{"class", "legend"}, {"aria-label", "Colours"}}, items);
}

Markup with_axes(const Scatter& plot, const Range& x, const Range& y) {
  const PlotArea area{.right = 610, .top = 28, .bottom = 430};
  const Ticks across_ticks = ticks(x.low, x.high, 6), up_ticks = ticks(y.low, y.high);
  const Scale across = x_scale(area, across_ticks), up = y_scale(area, up_ticks);
  Markup drawing = y_axis(area, up_ticks, up, plot.text.y_label);
  drawing += x_axis(area, across_ticks, across, plot.text.x_label);
  for (const auto& point : plot.points) {
    if (drawn(point)) drawing += point_of(point, across, up, 5);
  }
  for (const Pin& pin : plot.pins) {
    if (drawn(pin)) drawing += pin_of(pin, across, up);
  }
  return drawing;
}

Markup as_map(const Scatter& plot, const Range& x, const Range& y) {
  const Scale across = fitted(x, 4, kWidth - 4), up = fitted(y, kHeight - 4, 4);
  const double radius = plot.points.size() > 1000 ? 2.2 : plot.points.size() > 200 ? 3 : 4.5;
  Markup drawing = empty_element("rect", {{"x", "0.5"},
                                          {"y", "0.5"},
                                          {"width", pixels(kWidth - 1)},
                                          {"height", pixels(kHeight - 1)},
                                          {"rx", "8"},
                                          {"class", "frame"}});
  for (const auto& point : plot.points) {
    if (drawn(point)) drawing += point_of(point, across, up, radius);
  }
  for (const Pin& pin : plot.pins) {
    if (drawn(pin)) drawing += pin_of(pin, across, up);
  }
  return drawing;
}

}  // namespace

Markup scatter(const Scatter& plot) {
  Range x, y;
  for (const auto& point : plot.points) {
    if (!drawn(point)) continue;
    x.add(point.x);
    y.add(point.y);
  }
  if (x.low > x.high) return {};
  return figure({.text = plot.text,
                 .drawing = plot.axes ? with_axes(plot, x, y) : as_map(plot, x, y),
                 .width = kWidth,
                 .height = kHeight,
                 .legend = legend_of(plot.groups),
                 .large = true});
}

}  // namespace glimpse::report
