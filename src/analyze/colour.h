#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace glimpse::analyze {

/// Names of hues, by their angle: each reaches from half way to the one before to half way to the next.
enum class Hue { kRed, kOrange, kYellow, kGreen, kCyan, kBlue, kPurple, kPink, kNone };
inline constexpr std::size_t kHues = 8;

/// "red", …, "pink"; "none".
std::string_view name_of(Hue hue);

struct HueSaturation {
  double degrees = 0;     ///< 0 to 360; 0 where there is no colour.
  double saturation = 0;  ///< 0 to 1, as HSV has it.
  double value = 0;       ///< 0 to 1.
};
/// Source: Smith, "Color Gamut Transform Pairs", 1978 (HSV).
HueSaturation hue_of(std::uint8_t red, std::uint8_t green, std::uint8_t blue);

/// The name of an angle in degrees, 0 to 360.
Hue named(double degrees);

}  // namespace glimpse::analyze
