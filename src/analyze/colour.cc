#include "analyze/colour.h"

#include <algorithm>

namespace glimpse::analyze {

std::string_view name_of(Hue hue) {
  constexpr std::array<std::string_view, kHues + 1> kNames = {"red",  "orange", "yellow", "green", "cyan",
                                                              "blue", "purple", "pink",   "none"};
  return kNames[static_cast<std::size_t>(hue)];
}

HueSaturation hue_of(std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  const double r = red / 255.0, g = green / 255.0, b = blue / 255.0;
  const double most = std::max({r, g, b}), chroma = most - std::min({r, g, b});
  if (chroma == 0) return {0, 0, most};
  double sixth = most == r ? (g - b) / chroma : most == g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
  if (sixth < 0) sixth += 6;
  return {60 * sixth, chroma / most, most};
}

Hue named(double degrees) {
  // Where each name ends: people call a wide range green and a narrow one orange.
  constexpr std::array<double, kHues> kEnds = {15, 45, 70, 165, 200, 260, 290, 345};
  for (std::size_t i = 0; i < kHues; ++i) {
    if (degrees < kEnds[i]) return static_cast<Hue>(i);
  }
  return Hue::kRed;
}

}  // namespace glimpse::analyze
