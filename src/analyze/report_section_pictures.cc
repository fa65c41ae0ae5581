// How pictures look: formats, sizes, light, colour.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyze/report_sections.h"
#include "report/axis.h"
#include "report/bar_chart.h"
#include "report/histogram.h"
#include "report/table.h"

namespace glimpse::analyze {
namespace {

using image::name_of;
using report::Align;
using report::Markup;

constexpr std::size_t kExamples = 8;

Markup histogram(const Analysis& analysis, report::PlotText text, double (*value)(const PictureFacts&),
                 std::size_t series) {
  text.y_label = "pictures";
  return report::histogram(
      {.text = std::move(text), .values = values_of(analysis.material.pictures, value), .series = series});
}

template <typename Kind>
Markup bars(const std::map<Kind, std::size_t>& counts, std::size_t whole, const report::PlotText& text,
            std::size_t series) {
  std::vector<report::Bar> bars;
  for (const auto& [kind, count] : counts) {
    bars.push_back({std::string(name_of(kind)), static_cast<double>(count),
                    fmt::format("{} · {}", counted(count), share(count, whole))});
  }
  return report::bar_chart({.text = text, .bars = std::move(bars), .series = series});
}

std::vector<Markup> spread_row(const char* name, const Spread& spread, int decimals) {
  std::vector<Markup> row = {name};
  for (const double value :
       {spread.least, spread.quarter, spread.median, spread.three_quarters, spread.most, spread.mean}) {
    row.emplace_back(report::tick_label(value, decimals));
  }
  return row;
}

Markup spread_table(const PictureSummary& summary) {
  report::Table table{.caption = "How the pictures are spread",
                      .columns = {{""},
                                  {"least", Align::kRight},
                                  {"a quarter below", Align::kRight},
                                  {"half below", Align::kRight},
                                  {"three quarters below", Align::kRight},
                                  {"most", Align::kRight},
                                  {"mean", Align::kRight}},
                      .rows = {}};
  table.rows = {spread_row("width, pixels", summary.width, 0),   spread_row("height, pixels", summary.height, 0),
                spread_row("megapixels", summary.megapixels, 2), spread_row("file, KB", summary.kilobytes, 0),
                spread_row("width to height", summary.ratio, 2), spread_row("brightness", summary.brightness, 2),
                spread_row("contrast", summary.contrast, 2),     spread_row("saturation", summary.saturation, 2)};
  return report::table(table);
}

/// The first pictures in the order of `value`, those alone that `is` holds for.
Markup examples(const Analysis& analysis, ReportPictures& pictures, std::string_view heading, std::size_t count,
                double (*value)(const PictureFacts&), bool (*is)(const PictureFacts&)) {
  const auto& all = analysis.material.pictures;
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (is(all[i])) chosen.push_back(i);
  }
  if (chosen.empty()) return {};
  std::ranges::stable_sort(chosen, {}, [&](std::size_t i) { return value(all[i]); });
  std::vector<report::Picture> shown;
  for (std::size_t i = 0; i < std::min(kExamples, chosen.size()); ++i) {
    shown.push_back(pictures.picture(chosen[i], fmt::format("{:.2f}", std::abs(value(all[chosen[i]])))));
  }
  return {report::subheading(fmt::format("{} ({})", heading, counted(count))), report::picture_grid(heading, shown)};
}

Markup all_examples(const Analysis& analysis, ReportPictures& pictures) {
  const auto& summary = analysis.pictures;
  Markup found = examples(
      analysis, pictures, "Dark: brightness under 0.2", summary.dark,
      [](const PictureFacts& p) { return p.look.brightness; },
      [](const PictureFacts& p) { return p.look.brightness < kDark; });
  found += examples(
      analysis, pictures, "Glaring: brightness over 0.85", summary.bright,
      [](const PictureFacts& p) { return -p.look.brightness; },
      [](const PictureFacts& p) { return p.look.brightness > kBright; });
  found += examples(
      analysis, pictures, "Hardly any contrast: under 0.08", summary.flat,
      [](const PictureFacts& p) { return p.look.contrast; },
      [](const PictureFacts& p) { return p.look.contrast < kFlat; });
  return found;
}

}  // namespace

report::Section picture_section(const Analysis& analysis, ReportPictures& pictures) {
  const auto& summary = analysis.pictures;
  const std::size_t count = analysis.material.pictures.size();
  report::Section section{"Pictures", {}};
  if (count == 0) return section;
  const auto formats = bars(
      summary.formats, count,
      {"Formats", fmt::format("By content, whatever the name says; {} in all.", bytes_in_words(summary.size_bytes)),
       "format", "pictures"},
      0);
  const auto shapes = bars(summary.shapes, count, {"Shapes", "Width to height.", "shape", "pictures"}, 0);
  const auto hues = bars(summary.hues, count,
                         {"Dominant colour",
                          fmt::format("The hue that most coloured pixels have. Greyscale: {} ({}).",
                                      counted(summary.greyscale), share(summary.greyscale, count)),
                          "hue", "pictures"},
                         7);
  const auto sizes = histogram(
      analysis,
      {"Shorter side",
       fmt::format("Under {} pixels, the size that most models see: {}.", kModelSide,
                   counted(summary.small, "picture")),
       "pixels"},
      [](const PictureFacts& p) { return static_cast<double>(std::min(p.width, p.height)); }, 0);
  const auto brightness = histogram(
      analysis, {"Brightness", "Mean luma: 0 is black, 1 white.", "brightness"},
      [](const PictureFacts& p) { return p.look.brightness; }, 4);
  const auto contrast = histogram(
      analysis, {"Contrast", "Standard deviation of luma; 0 is one grey, 0.5 half black, half white.", "contrast"},
      [](const PictureFacts& p) { return p.look.contrast; }, 3);
  const auto saturation = histogram(
      analysis, {"Saturation", "Mean over the picture; 0 is grey.", "saturation"},
      [](const PictureFacts& p) { return p.look.saturation; }, 2);
  section.blocks = {report::columns({formats, shapes, sizes, hues, brightness, contrast, saturation}),
                    report::details("Quartiles of everything", spread_table(summary)),
                    all_examples(analysis, pictures)};
  return section;
}

}  // namespace glimpse::analyze
