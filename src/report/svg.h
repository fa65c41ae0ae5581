#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "report/axis.h"
#include "report/markup.h"

// What the plots of this room are drawn with. Colours and sizes come from classes of the style sheet.
namespace glimpse::report {

/// At most two decimals.
std::string pixels(double value);

/// The class of a series' colour: "s0" … "s7", then again from the first.
std::string series_class(std::size_t series);

Markup svg_text(double x, double y, std::string classes, std::string_view text);
Markup svg_line(double x1, double y1, double x2, double y2, std::string classes);
/// `hover` is what a pointer over it is told.
Markup svg_bar(double x, double y, double width, double height, std::string classes, std::string_view hover);
/// A mark of a shape of its own for every eight series: circle, square, triangle, diamond; then again.
Markup svg_mark(double x, double y, double radius, std::size_t series, std::string_view hover);

/// The rectangle that values are drawn in.
struct PlotArea {
  double left = 52, right = 470, top = 10, bottom = 216;
};

/// Horizontal lines and labels of the y axis, and the axis' name above its end.
Markup y_axis(const PlotArea& area, const Ticks& ticks, const Scale& scale, std::string_view name);
/// Labels of the x axis, and its name beneath.
Markup x_axis(const PlotArea& area, const Ticks& ticks, const Scale& scale, std::string_view name);
/// The scales of both axes, that the first and last ticks lie on the area's edges.
Scale x_scale(const PlotArea& area, const Ticks& ticks);
Scale y_scale(const PlotArea& area, const Ticks& ticks);

}  // namespace glimpse::report
