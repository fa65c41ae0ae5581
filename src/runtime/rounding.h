#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "models/activation_ranges.h"

namespace glimpse::runtime {

/// What was seen at the input of linear layers, [tokens, width] for each picture, and at their outputs.
struct LinearStatistics {
  std::size_t width = 0;
  std::vector<float> low, high;                 ///< [pictures, width]: each channel's extremes.
  std::vector<double> mean_square;              ///< [width], over all pictures and tokens.
  std::vector<std::span<const float>> weights;  ///< [out, width] of each layer.
  double output_variance = 0;                   ///< Of each output over pictures and tokens, summed over the outputs.
};

/// A choice and what it costs.
struct Rounding {
  models::ActivationRange range;
  /// The variance that rounding adds to the outputs, over the outputs' own, as far as rounding errors are independent
  /// and uniform over a step.
  double noise = 0;
};

/// The shifts that add the least noise to the outputs. They grow with a channel's greatest value to some power between
/// 0 (none) and 1 (all channels equally great): with it the noise of activations falls and that of weights rises.
/// Source: Xiao et al. 2023 (SmoothQuant), sec. 4, which picks one power for all layers.
Rounding choose_rounding(const LinearStatistics& statistics);

/// Where rounding adds more noise than this, int8 is not for these layers. Layers of a transformer lie between 0.0001
/// and 0.0005, also where a few channels are twenty times as great as the others.
inline constexpr double kMostNoise = 0.002;

}  // namespace glimpse::runtime
