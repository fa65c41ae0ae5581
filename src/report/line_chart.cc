#include "report/line_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/svg.h"

namespace glimpse::report {
namespace {

constexpr std::size_t kMostMarks = 40;  // more points than this are a line alone
constexpr std::size_t kMostRows = 200;  // of the table of numbers

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

bool drawn(const LinePoint& point) { return std::isfinite(point.x) && std::isfinite(point.y); }

std::string line_class(std::size_t series) {
  return fmt::format("line stroke {} d{}", series_class(series), series % 4);
}

Markup path_of(const Series& series, std::size_t number, const Scale& across, const Scale& up) {
  std::string path;
  bool pen_down = false;
  for (const LinePoint& point : series.points) {
    if (!drawn(point)) {
      pen_down = false;
      continue;
    }
    path += fmt::format("{}{} {}", pen_down ? 'L' : 'M', pixels(across(point.x)), pixels(up(point.y)));
    pen_down = true;
  }
  Markup drawing = empty_element("path", {{"d", path}, {"class", line_class(number)}});
  for (const LinePoint& point : series.points) {
    if (series.points.size() > kMostMarks || !drawn(point)) continue;
    drawing += svg_mark(across(point.x), up(point.y), 3, number,
                        fmt::format("{}: {:.5g}, {:.5g}", series.name, point.x, point.y));
  }
  return drawing;
}

Markup legend_of(const std::vector<Series>& series) {
  Markup items;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const Markup sample =
        element("svg", {{"viewBox", "0 0 26 12"}, {"aria-hidden", "true"}}, svg_line(1, 7, 25, 7, line_class(i)));
    items += element("li", {sample, series[i].name});
  }
  return element("ul", {{"class", "legend"}, {"aria-label", "Lines"}}, items);
}

Table numbers_of(const LineChart& plot) {
  Table numbers{.caption = plot.text.title,
                .columns = {{"line"}, {plot.text.x_label, Align::kRight}, {plot.text.y_label, Align::kRight}},
                .rows = {}};
  std::size_t all = 0;
  for (const Series& series : plot.series) all += series.points.size();
  const std::size_t every = all / kMostRows + 1;
  for (const Series& series : plot.series) {
    for (std::size_t i = 0; i < series.points.size(); i += every) {
      const LinePoint& point = series.points[i];
      numbers.rows.push_back({series.name, fmt::format("{:.6g}", point.x), fmt::format("{:.6g}", point.y)});
    }
  }
  return numbers;
}

}  // namespace

Markup line_chart(const LineChart& plot) {
  Range x, y;
  for (const Series& series : plot.series) {
    for (const LinePoint& point : series.points) {
      if (!drawn(point)) continue;
      x.add(point.x);
      y.add(point.y);
    }
  }
  if (x.low > x.high) return {};
  if (plot.from_zero) y.add(0);
  const PlotArea area{.top = 28};
  const Ticks across_ticks = ticks(x.low, x.high, 6), up_ticks = ticks(y.low, y.high);
  const Scale across = x_scale(area, across_ticks), up = y_scale(area, up_ticks);
  Markup drawing = y_axis(area, up_ticks, up, plot.text.y_label);
  drawing += x_axis(area, across_ticks, across, plot.text.x_label);
  for (std::size_t i = 0; i < plot.series.size(); ++i) drawing += path_of(plot.series[i], i, across, up);
  return figure({.text = plot.text, .drawing = drawing, .legend = legend_of(plot.series), .numbers = numbers_of(plot)});
}

}  // namespace glimpse::report
