#include "analyze/pictures.h"

#include <algorithm>
#include <array>

namespace glimpse::analyze {

std::string_view name_of(Shape shape) {
  constexpr std::array<std::string_view, 5> kNames = {"wide (over 2:1)", "landscape", "square (within 5 %)", "portrait",
                                                      "tall (over 1:2)"};
  return kNames[static_cast<std::size_t>(shape)];
}

Shape shape_of(int width, int height) {
  const double ratio = static_cast<double>(width) / height;
  if (ratio > 2) return Shape::kWide;
  if (ratio > 1.05) return Shape::kLandscape;
  if (ratio >= 1 / 1.05) return Shape::kSquare;
  return ratio >= 0.5 ? Shape::kPortrait : Shape::kTall;
}

std::vector<double> values_of(const std::vector<PictureFacts>& pictures, double (*value)(const PictureFacts&)) {
  std::vector<double> values;
  values.reserve(pictures.size());
  for (const PictureFacts& picture : pictures) values.push_back(value(picture));
  return values;
}

PictureSummary summarize(const std::vector<PictureFacts>& pictures) {
  PictureSummary summary;
  for (const PictureFacts& picture : pictures) {
    summary.size_bytes += picture.size_bytes;
    ++summary.formats[picture.format];
    ++summary.shapes[shape_of(picture.width, picture.height)];
    ++summary.hues[picture.look.hue];
    summary.greyscale += picture.look.greyscale ? 1 : 0;
    summary.dark += picture.look.brightness < kDark ? 1 : 0;
    summary.bright += picture.look.brightness > kBright ? 1 : 0;
    summary.flat += picture.look.contrast < kFlat ? 1 : 0;
    summary.small += std::min(picture.width, picture.height) < kModelSide ? 1 : 0;
  }
  const auto spread = [&](double (*value)(const PictureFacts&)) { return spread_of(values_of(pictures, value)); };
  summary.width = spread([](const PictureFacts& p) { return static_cast<double>(p.width); });
  summary.height = spread([](const PictureFacts& p) { return static_cast<double>(p.height); });
  summary.megapixels = spread([](const PictureFacts& p) { return p.width * 1e-6 * p.height; });
  summary.kilobytes = spread([](const PictureFacts& p) { return static_cast<double>(p.size_bytes) / 1024; });
  summary.ratio = spread([](const PictureFacts& p) { return static_cast<double>(p.width) / p.height; });
  summary.brightness = spread([](const PictureFacts& p) { return p.look.brightness; });
  summary.contrast = spread([](const PictureFacts& p) { return p.look.contrast; });
  summary.saturation = spread([](const PictureFacts& p) { return p.look.saturation; });
  return summary;
}

}  // namespace glimpse::analyze
