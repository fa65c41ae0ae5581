#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "base/result.h"

namespace glimpse::models {

/// The least and the greatest value that a convolution's input usually takes. low <= 0 <= high, low < high, finite.
struct ActivationRange {
  float low = 0;
  float high = 0;
};

/// Where a model's directory holds its ranges: docs/formats/activation-ranges.md.
inline constexpr const char* kActivationRangesFile = "activation_ranges.json";

/// One range for each convolution of the picture tower, in the order of the forward.
/// Errors: not_found; corruption naming every problem.
Result<std::vector<ActivationRange>> read_activation_ranges(const std::filesystem::path& file);

/// Writes the file atomically. pictures: how many the ranges were measured on. Errors: io.
Result<void> write_activation_ranges(const std::filesystem::path& file, std::span<const ActivationRange> ranges,
                                     int pictures);

}  // namespace glimpse::models
