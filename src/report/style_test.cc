#include "report/style.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>

namespace glimpse::report {
namespace {

using Colour = std::array<double, 3>;  // sRGB, 0 to 1

/// What a variable is set to for the `occurrence`-th time: 0 light, 1 dark, 2 on paper.
Colour colour(std::string_view name, int occurrence) {
  const std::string key = fmt::format("--{}: #", name);
  std::size_t at = 0;
  for (int i = 0; i <= occurrence; ++i) at = kStyle.view().find(key, i == 0 ? 0 : at + 1);
  EXPECT_NE(at, std::string_view::npos) << name;
  Colour found;
  for (std::size_t i = 0; i < 3; ++i) {
    found[i] = std::stoi(std::string(kStyle.view().substr(at + key.size() + 2 * i, 2)), nullptr, 16) / 255.0;
  }
  return found;
}

/// Source: WCAG 2.2, relative luminance and contrast ratio.
double luminance(const Colour& colour) {
  const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
  return 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
}
double contrast(const Colour& a, const Colour& b) {
  const double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
  return std::max(x, y) / std::min(x, y);
}

TEST(Style, TextIsLegibleInEveryTheme) {
  for (int theme = 0; theme < 3; ++theme) {
    for (const char* back : {"page", "card"}) {
      for (const char* ink : {"ink", "soft", "accent", "good", "bad", "warn"}) {
        EXPECT_GE(contrast(colour(ink, theme), colour(back, theme)), 4.5)
            << ink << " on " << back << ", theme " << theme;
      }
    }
    EXPECT_GE(contrast(colour("warn", theme), colour("warn-back", theme)), 4.5) << theme;
  }
}

TEST(Style, SeriesAreVisibleAndToldApartInEveryTheme) {
  for (int theme = 0; theme < 3; ++theme) {
    for (int i = 0; i < kSeriesColours; ++i) {
      const Colour one = colour(fmt::format("s{}", i), theme);
      EXPECT_GE(contrast(one, colour("card", theme)), 3.0) << i << ", theme " << theme;
      for (int j = 0; j < i; ++j) {
        const Colour other = colour(fmt::format("s{}", j), theme);
        const double apart = std::hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
        EXPECT_GE(apart, 0.2) << i << " and " << j << ", theme " << theme;
      }
    }
  }
}

}  // namespace
}  // namespace glimpse::report
