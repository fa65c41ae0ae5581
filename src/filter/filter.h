#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace glimpse::filter {

/// Around a point of the earth (WGS 84).
struct Near {
  double latitude = 0;   ///< Degrees, -90 to 90.
  double longitude = 0;  ///< Degrees, -180 to 180.
  double radius_km = 0;  ///< Above 0, along a great circle.
  bool operator==(const Near&) const = default;
};

/// Of the upright picture; square: its sides differ by less than 3 % of the longer one.
enum class Shape { kLandscape, kPortrait, kSquare };

/// Which pictures may be among the results: those that meet every condition given. Of several values of one condition
/// any one will do. Nothing given: all pictures.
struct Filter {
  /// Absolute: a root, or a folder in one. Relative: a folder below any root, with or without the root's own name in
  /// front ("trips/2023" is the root .../trips with 2023 in it, too). '/' between parts, none at the end.
  std::vector<std::string> folders = {};
  /// When it was taken, or, where the file does not say, when the file was last written. Milliseconds since 1970.
  std::optional<std::int64_t> from_ms = std::nullopt;    ///< At this time or later.
  std::optional<std::int64_t> before_ms = std::nullopt;  ///< Earlier than this.
  std::vector<std::string> cameras = {};                 ///< Part of the camera's name, in any case (ASCII).
  std::vector<std::string> lenses = {};                  ///< Part of the lens' name, in any case (ASCII).
  std::vector<std::string> formats = {};                 ///< The format's own name: "jpeg", "png".
  std::optional<std::int64_t> min_pixels = std::nullopt, max_pixels = std::nullopt;
  std::optional<int> min_width = std::nullopt, max_width = std::nullopt;  ///< Upright, in pixels.
  std::optional<int> min_height = std::nullopt, max_height = std::nullopt;
  std::vector<Shape> shapes = {};
  std::optional<Near> near = std::nullopt;
  std::optional<bool> captioned = std::nullopt;  ///< Has a caption, or has none.
  std::string caption_words = {};  ///< All of these in its caption, as a search of captions; empty: no condition.

  bool operator==(const Filter&) const = default;
  bool empty() const { return *this == Filter(); }
};

}  // namespace glimpse::filter
