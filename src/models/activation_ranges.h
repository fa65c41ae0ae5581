#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "models/config_reader.h"

namespace glimpse::models {

/// How int8 rounds one input of the picture tower.
struct ActivationRange {
  /// The least and the greatest value that it usually takes, shifted: low <= 0 <= high, low < high, finite.
  float low = 0;
  float high = 0;
  bool precise = false;  ///< It stays in f32: rounding costs too much here.
  /// Channel c (of the last axis) is divided by 2^shifts[c] before it is rounded, and the weights that meet it are
  /// multiplied by as much, so that one great channel does not make all others coarse. In [-30, 30]; empty: all 0.
  std::vector<std::int8_t> shifts = {};

  bool operator==(const ActivationRange&) const = default;
};

/// What int8 needs to know of a picture tower, in the order of the forward.
struct ActivationRanges {
  std::vector<ActivationRange> convolutions;  ///< The input of each; without shifts.
  /// Each tensor [batch, tokens, width] that is multiplied by constant weights; several layers may read one.
  std::vector<ActivationRange> linears;

  bool empty() const { return convolutions.empty() && linears.empty(); }
  bool operator==(const ActivationRanges&) const = default;
};

/// Changes with every number of them.
Hash128 hash_of(const ActivationRanges& ranges);

/// Where a model's directory holds its ranges: docs/formats/activation-ranges.md.
inline constexpr const char* kActivationRangesFile = "activation_ranges.json";

/// The first convolutions of a tower that is made of them stay in f32: they cost little, and what they round off every
/// later one inherits. Over 200 photographs, worst and median cosine of glimpse-small's embeddings to f32: 0 of them in
/// f32 0.974, 0.9974; 1 of them 0.941, 0.9977; 2 of them 0.989, 0.9986, at 0.95 of the speed (bench/precision.py).
inline constexpr std::size_t kPreciseConvolutions = 2;

/// The ranges as members of a JSON object, without its braces, and back; for files that hold more than them.
std::string json_of(const ActivationRanges& ranges);
Result<ActivationRanges> read_activation_ranges(ConfigReader& reader);

/// Errors: not_found; corruption naming every problem; unsupported (a newer format).
Result<ActivationRanges> read_activation_ranges(const std::filesystem::path& file);

/// Writes the file atomically. pictures: how many the ranges were measured on. Errors: io.
Result<void> write_activation_ranges(const std::filesystem::path& file, const ActivationRanges& ranges, int pictures);

}  // namespace glimpse::models
