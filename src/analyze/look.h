#pragma once

#include <array>
#include <cstdint>

#include "analyze/colour.h"
#include "image/image.h"

namespace glimpse::analyze {

inline constexpr int kSketchSide = 16;

/// A picture in 16 × 16 boxes of mean colour, [16, 16, 3]; and the signs of its lowest frequencies.
struct Sketch {
  std::array<std::uint8_t, kSketchSide * kSketchSide * 3> rgb = {};
  std::uint64_t hash = 0;
};

/// What the pixels of a picture are like, taken of at most some 16,000 of them, evenly spread.
struct Look {
  double brightness = 0;   ///< Mean luma, 0 to 1. Source: ITU-R BT.601.
  double contrast = 0;     ///< Standard deviation of luma, 0 to 0.5.
  double saturation = 0;   ///< Mean, 0 to 1, as HSV has it.
  double colourful = 0;    ///< Share of pixels with a hue that can be named.
  Hue hue = Hue::kNone;    ///< The one that most of them have, by chroma; kNone where fewer than 1 in 20 have any.
  bool greyscale = false;  ///< No pixel in 200 has channels further apart than JPEG's rounding puts them.
  Sketch sketch;
};

/// Not of an empty picture. Thread-safe.
Look look_at(const image::Image& picture);

/// For near duplicates: bits in which the hashes differ, 0 to 64.
int hash_distance(const Sketch& a, const Sketch& b);
/// Which share of the pictures' own variation is not shared: 0 for the same, about 1 for pictures that have nothing in
/// common.
double sketch_difference(const Sketch& a, const Sketch& b);

}  // namespace glimpse::analyze
