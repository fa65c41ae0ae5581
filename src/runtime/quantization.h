#pragma once

#include <openvino/core/node_output.hpp>

#include "models/activation_ranges.h"

namespace glimpse::runtime {

/// The first convolutions stay in f32: they cost little, and what they round off every later one inherits. Over 200
/// photographs, worst and median cosine of glimpse-small's embeddings to f32: 0 of them in f32 0.974, 0.9974; 1 of them
/// 0.941, 0.9977; 2 of them 0.989, 0.9986, at 0.95 of the speed (bench/precision.py, with another number here).
inline constexpr std::size_t kPreciseConvolutions = 2;

/// x rounded to 256 steps over the range, 0 being one of them: the plugin then computes on u8.
ov::Output<ov::Node> quantized_activation(const ov::Output<ov::Node>& x, const models::ActivationRange& range);

/// A constant weight rounded to -127..127 times a scale of its own for each output channel. channel_axes: how many
/// leading axes number the output channels (1, or 2 where they are in groups).
ov::Output<ov::Node> quantized_weight(const ov::Output<ov::Node>& weight, std::size_t channel_axes);

}  // namespace glimpse::runtime
