#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace glimpse::image {

/// What a picture's own file says of how it was made.
struct PictureDetails {
  /// Milliseconds since 1970, from 1826 to 2199: when it was taken. The camera's clock; read as UTC where the file does
  /// not say how far from it.
  std::optional<std::int64_t> taken_at_ms = std::nullopt;
  std::string camera = {};  ///< Maker and model, as in "Canon EOS 5D"; UTF-8, one line; empty: unknown.
  std::string lens = {};    ///< The same, as in "EF24-105mm f/4L IS USM".
  /// Degrees (WGS 84), -90 to 90 and -180 to 180; both or neither.
  std::optional<double> latitude = std::nullopt, longitude = std::nullopt;
  bool operator==(const PictureDetails&) const = default;
};

}  // namespace glimpse::image
