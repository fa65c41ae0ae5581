#include "report/bar_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/svg.h"

namespace glimpse::report {
namespace {

constexpr double kRow = 22, kLabels = 150, kNotes = 96, kWidth = 480;
constexpr std::size_t kLabelCharacters = 22;

double length_of(double value) { return std::isfinite(value) ? std::max(0.0, value) : 0; }

std::string note_of(const Bar& bar) { return bar.note.empty() ? tick_label(bar.value, 0) : bar.note; }

}  // namespace

Markup bar_chart(const BarChart& plot) {
  if (plot.bars.empty()) return {};
  double longest = 0;
  for (const Bar& bar : plot.bars) longest = std::max(longest, length_of(bar.value));
  const Scale across{0, longest > 0 ? longest : 1, kLabels, kWidth - kNotes};
  Table numbers{
      .caption = plot.text.title, .columns = {{plot.text.x_label}, {plot.text.y_label, Align::kRight}}, .rows = {}};
  Markup drawing;
  for (std::size_t i = 0; i < plot.bars.size(); ++i) {
    const Bar& bar = plot.bars[i];
    const double top = kRow * static_cast<double>(i), end = across(length_of(bar.value));
    drawing += svg_text(kLabels - 8, top + 15, "end name", shortened(bar.label, kLabelCharacters));
    drawing += svg_bar(kLabels, top + 3, std::max(1.0, end - kLabels), kRow - 6,
                       "bar fill " + series_class(plot.series), fmt::format("{}: {}", bar.label, note_of(bar)));
    drawing += svg_text(end + 6, top + 15, "", note_of(bar));
    numbers.rows.push_back({bar.label, note_of(bar)});
  }
  return figure({.text = plot.text,
                 .drawing = drawing,
                 .width = kWidth,
                 .height = kRow * static_cast<double>(plot.bars.size()) + 4,
                 .numbers = numbers});
}

}  // namespace glimpse::report
