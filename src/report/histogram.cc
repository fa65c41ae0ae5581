#include "report/histogram.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/svg.h"

namespace glimpse::report {
namespace {

/// What a bin holds, in words: "12", "10 to 19", "0.20 to 0.25".
std::string range_of(const Bins& bins, std::size_t i, bool whole) {
  const double low = bins.first + static_cast<double>(i) * bins.width, high = low + bins.width;
  if (!whole) return fmt::format("{} to {}", tick_label(low, bins.decimals), tick_label(high, bins.decimals));
  const std::string least = tick_label(std::ceil(low), 0), most = tick_label(std::floor(high - 0.25), 0);
  return least == most ? least : fmt::format("{} to {}", least, most);
}

/// Where the axis begins and ends: few bins stand in its middle, so that none is a slab.
std::pair<double, double> shown_range(const Bins& bins) {
  constexpr double kFewest = 7;
  const auto count = static_cast<double>(bins.counts.size());
  const double spare = bins.width * std::ceil(std::max(0.0, kFewest - count) / 2);
  return {bins.first - spare, bins.first + bins.width * count + spare};
}

Table numbers_of(const Histogram& plot, const Bins& bins) {
  Table numbers{
      .caption = plot.text.title, .columns = {{plot.text.x_label}, {plot.text.y_label, Align::kRight}}, .rows = {}};
  for (std::size_t i = 0; i < bins.counts.size(); ++i) {
    if (bins.counts[i] == 0) continue;
    numbers.rows.push_back({range_of(bins, i, plot.whole), tick_label(static_cast<double>(bins.counts[i]), 0)});
  }
  return numbers;
}

}  // namespace

Bins bin(std::span<const double> values, int wanted, bool whole) {
  std::vector<double> finite;
  std::ranges::copy_if(values, std::back_inserter(finite), [](double value) { return std::isfinite(value); });
  if (finite.empty()) return {};
  const auto [low, high] = std::ranges::minmax(finite);
  const Ticks edges = ticks(low, high, wanted);
  Bins bins{.first = 0, .width = edges.step, .decimals = edges.decimals, .counts = {}};
  if (whole) bins.width = std::max(1.0, bins.width);
  bins.first = std::floor(low / bins.width) * bins.width - (whole ? 0.5 : 0);
  const auto place = [&](double value) { return static_cast<std::size_t>((value - bins.first) / bins.width + 1e-9); };
  const bool on_edge = !whole && place(high) > 0 && std::abs(std::remainder(high - bins.first, bins.width)) < 1e-9;
  bins.counts.resize(place(high) + (on_edge ? 0 : 1));
  for (const double value : finite) ++bins.counts[std::min(place(value), bins.counts.size() - 1)];
  return bins;
}

Markup histogram(const Histogram& plot) {
  const Bins bins = bin(plot.values, plot.bins, plot.whole);
  if (bins.counts.empty()) return {};
  const PlotArea area{.top = 28};
  const auto [first, last] = shown_range(bins);
  const Scale across{first, last, area.left, area.right};
  const Ticks counts = ticks(0, static_cast<double>(std::ranges::max(bins.counts)));
  const Scale up = y_scale(area, counts);
  Ticks marks = ticks(first, last, 6);
  std::erase_if(marks.values, [&](double value) {
    return value < first || value > last || (plot.whole && value != std::floor(value));
  });
  if (plot.whole) marks.decimals = 0;
  Markup drawing = y_axis(area, counts, up, plot.text.y_label);
  for (std::size_t i = 0; i < bins.counts.size(); ++i) {
    if (bins.counts[i] == 0) continue;
    const double from = across(bins.first + bins.width * static_cast<double>(i));
    const double wide = across(bins.first + bins.width) - across(bins.first);
    const double top = up(static_cast<double>(bins.counts[i]));
    const double gap = std::min(1.0, wide / 8);
    drawing += svg_bar(from + gap, top, wide - 2 * gap, area.bottom - top, "bar fill " + series_class(plot.series),
                       fmt::format("{}: {}", range_of(bins, i, plot.whole), bins.counts[i]));
  }
  drawing += x_axis(area, marks, across, plot.text.x_label);
  return figure({.text = plot.text, .drawing = drawing, .numbers = numbers_of(plot, bins)});
}

}  // namespace glimpse::report
