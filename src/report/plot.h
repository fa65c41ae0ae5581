#pragma once

#include <optional>
#include <string>

#include "report/markup.h"
#include "report/table.h"

namespace glimpse::report {

/// What is written around a plot.
struct PlotText {
  std::string title;
  std::string summary;  ///< What there is to see, in words: shown, and read out in place of the drawing.
  std::string x_label = {}, y_label = {};
};

/// The parts of a figure. Its numbers are offered as a table too, when given.
struct Figure {
  PlotText text;
  Markup drawing;  ///< Content of <svg>.
  double width = 480, height = 260;
  Markup legend = {};
  std::optional<Table> numbers = std::nullopt;
  bool large = false;  ///< Takes the width of the page.
};

/// <figure>: title, summary, drawing, legend, numbers.
Markup figure(const Figure& figure);

/// At most `most` characters, the last replaced by an ellipsis where some were left out.
std::string shortened(std::string_view text, std::size_t most);

}  // namespace glimpse::report
