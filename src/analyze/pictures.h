#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "analyze/look.h"
#include "analyze/spread.h"
#include "base/hash.h"
#include "image/decode.h"

namespace glimpse::analyze {

/// A picture that was read.
struct PictureFacts {
  std::filesystem::path name;  ///< Relative to the folder.
  std::uint64_t size_bytes = 0;
  Hash128 content = {};
  image::ImageFormat format = image::ImageFormat::kJpeg;
  int width = 0, height = 0;  ///< Upright.
  Look look = {};
};

/// A file that has a picture's name and cannot be read, or a folder that cannot be looked into.
struct UnreadableFile {
  std::filesystem::path name;
  std::string reason;
};

enum class Shape { kWide, kLandscape, kSquare, kPortrait, kTall };
/// "wide (over 2:1)", "landscape", "square (within 5 %)", "portrait", "tall (over 1:2)".
std::string_view name_of(Shape shape);
Shape shape_of(int width, int height);

/// Under kDark a picture is dark, over kBright glaring (brightness); under kFlat it has hardly any contrast.
inline constexpr double kDark = 0.2, kBright = 0.85, kFlat = 0.08;
/// Most models see pictures at this many pixels a side.
inline constexpr int kModelSide = 224;

/// What pictures are like as a whole.
struct PictureSummary {
  std::uint64_t size_bytes = 0;
  std::map<image::ImageFormat, std::size_t> formats;
  std::map<Shape, std::size_t> shapes;
  std::map<Hue, std::size_t> hues;
  std::size_t greyscale = 0;
  std::size_t dark = 0, bright = 0, flat = 0;
  std::size_t small = 0;  ///< The shorter side is under kModelSide.
  Spread width, height, megapixels, kilobytes, ratio, brightness, contrast, saturation;
};

PictureSummary summarize(const std::vector<PictureFacts>& pictures);

/// One value of each picture, in their order.
std::vector<double> values_of(const std::vector<PictureFacts>& pictures, double (*value)(const PictureFacts&));

}  // namespace glimpse::analyze
