#include "report/svg.h"

#include <fmt/format.h>

#include "report/style.h"

namespace glimpse::report {
namespace {

Markup title(std::string_view hover) { return hover.empty() ? Markup{} : element("title", hover); }

std::string shape_path(double x, double y, double r, std::size_t shape) {
  if (shape == 1) return fmt::format("M{:.1f} {:.1f}h{:.1f}v{:.1f}h{:.1f}z", x - r, y - r, 2 * r, 2 * r, -2 * r);
  if (shape == 2)
    return fmt::format("M{:.1f} {:.1f}l{:.1f} {:.1f}h{:.1f}z", x, y - 1.2 * r, 1.2 * r, 2.1 * r, -2.4 * r);
  const double d = 1.3 * r;
  return fmt::format("M{:.1f} {:.1f}l{:.1f} {:.1f}l{:.1f} {:.1f}l{:.1f} {:.1f}z", x, y - d, d, d, -d, d, -d, -d);
}

}  // namespace

std::string pixels(double value) {
  std::string text = fmt::format("{:.2f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string series_class(std::size_t series) { return fmt::format("s{}", series % kSeriesColours); }

Markup svg_text(double x, double y, std::string classes, std::string_view text) {
  return element("text", {{"x", pixels(x)}, {"y", pixels(y)}, {"class", std::move(classes)}}, text);
}

Markup svg_line(double x1, double y1, double x2, double y2, std::string classes) {
  return empty_element(
      "line",
      {{"x1", pixels(x1)}, {"y1", pixels(y1)}, {"x2", pixels(x2)}, {"y2", pixels(y2)}, {"class", std::move(classes)}});
}

Markup svg_bar(double x, double y, double width, double height, std::string classes, std::string_view hover) {
  return element("rect",
                 {{"x", pixels(x)},
                  {"y", pixels(y)},
                  {"width", pixels(width)},
                  {"height", pixels(height)},
                  {"rx", "1.5"},
                  {"class", std::move(classes)}},
                 title(hover));
}

Markup svg_mark(double x, double y, double radius, std::size_t series, std::string_view hover) {
  const std::size_t shape = series / kSeriesColours % 4;
  std::string classes = "dot fill " + series_class(series);
  if (shape == 0) {
    return element("circle",
                   {{"cx", pixels(x)}, {"cy", pixels(y)}, {"r", pixels(radius)}, {"class", std::move(classes)}},
                   title(hover));
  }
  return element("path", {{"d", shape_path(x, y, radius, shape)}, {"class", std::move(classes)}}, title(hover));
}

Markup y_axis(const PlotArea& area, const Ticks& ticks, const Scale& scale, std::string_view name) {
  Markup drawn;
  for (const double value : ticks.values) {
    const double y = scale(value);
    drawn += svg_line(area.left, y, area.right, y, "grid");
    drawn += svg_text(area.left - 6, y + 4, "end", tick_label(value, ticks.decimals));
  }
  if (!name.empty()) drawn += svg_text(0, area.top - 12, "name", name);
  return drawn;
}

Markup x_axis(const PlotArea& area, const Ticks& ticks, const Scale& scale, std::string_view name) {
  Markup drawn = svg_line(area.left, area.bottom, area.right, area.bottom, "axis");
  for (const double value : ticks.values) {
    drawn += svg_line(scale(value), area.bottom, scale(value), area.bottom + 4, "axis");
    drawn += svg_text(scale(value), area.bottom + 18, "middle", tick_label(value, ticks.decimals));
  }
  if (!name.empty()) drawn += svg_text((area.left + area.right) / 2, area.bottom + 37, "middle name", name);
  return drawn;
}

Scale x_scale(const PlotArea& area, const Ticks& ticks) {
  return {ticks.values.front(), ticks.values.back(), area.left, area.right};
}

Scale y_scale(const PlotArea& area, const Ticks& ticks) {
  return {ticks.values.front(), ticks.values.back(), area.bottom, area.top};
}

}  // namespace glimpse::report
