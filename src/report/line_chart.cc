#include "report/line_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/line_point.h"
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

std::string line_class(const Series& series, std::size_t number) {
  if (series.faint) return "line faint";
  return fmt::format("line stroke {} d{}", series_class(number), number % 4);
}

Markup path_of(const Series& series, std::size_t number, const Scale& across, const Scale& up) {
  std::string path;
  bool pen_down = false;
  for (const LinePoint& point : thinned(series.points, across)) {
    if (!drawn(point)) {
      pen_down = false;
      continue;
    }
    path += fmt::format("{}{} {}", pen_down ? 'L' : 'M', pixels(across(point.x)), pixels(up(point.y)));
    pen_down = true;
  }
  Markup drawing = empty_element("path", {{"d", path}, {"class", line_class(series, number)}});
  for (const LinePoint& point : series.points) {
    if (series.faint || series.points.size() > kMostMarks || !drawn(point)) continue;
    drawing += svg_mark(across(point.x), up(point.y), 3, number,
                        fmt::format("{}: {:.5g}, {:.5g}", series.name, point.x, point.y));
  }
  return drawing;
}

Markup sample_of(std::string classes) {
  return element("svg", {{"viewBox", "0 0 26 12"}, {"aria-hidden", "true"}}, svg_line(1, 7, 25, 7, std::move(classes)));
}

/// None where there is one line and nothing pointed out: the title says what it is.
Markup legend_of(const LineChart& plot) {
  if (plot.series.size() == 1 && plot.guides.empty()) return {};
  Markup items;
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    items += element("li", {sample_of(line_class(plot.series[i], i)), plot.series[i].name});
  }
  for (const Guide& guide : plot.guides) {
    if (std::isfinite(guide.x)) items += element("li", {sample_of("guide"), guide.name});
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

struct Ranges {
  Range x, y;
  bool empty() const { return x.low > x.high; }
};

Ranges ranges_of(const LineChart& plot) {
  Ranges ranges;
  for (const Series& series : plot.series) {
    for (const LinePoint& point : series.points) {
      if (!drawn(point)) continue;
      ranges.x.add(point.x);
      ranges.y.add(point.y);
    }
  }
  if (ranges.empty()) return ranges;
  if (plot.x_end && std::isfinite(*plot.x_end)) ranges.x.add(*plot.x_end);
  for (const Guide& guide : plot.guides) {
    if (std::isfinite(guide.x)) ranges.x.add(guide.x);
  }
  if (plot.from_zero) ranges.y.add(0);
  return ranges;
}

}  // namespace

Markup line_chart(const LineChart& plot) {
  const Ranges ranges = ranges_of(plot);
  if (ranges.empty()) return {};
  const PlotArea area{.top = 28};
  const Ticks across_ticks = ticks(ranges.x.low, ranges.x.high, 6), up_ticks = ticks(ranges.y.low, ranges.y.high);
  const Scale across = x_scale(area, across_ticks), up = y_scale(area, up_ticks);
  Markup drawing = y_axis(area, up_ticks, up, plot.text.y_label);
  drawing += x_axis(area, across_ticks, across, plot.text.x_label);
  for (const Guide& guide : plot.guides) {
    if (std::isfinite(guide.x)) drawing += svg_line(across(guide.x), area.top, across(guide.x), area.bottom, "guide");
  }
  for (const bool faint : {true, false}) {
    for (std::size_t i = 0; i < plot.series.size(); ++i) {
      if (plot.series[i].faint == faint) drawing += path_of(plot.series[i], i, across, up);
    }
  }
  return figure({.text = plot.text, .drawing = drawing, .legend = legend_of(plot), .numbers = numbers_of(plot)});
}

}  // namespace glimpse::report
