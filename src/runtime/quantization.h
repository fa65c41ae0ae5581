#pragma once

#include <cstdint>
#include <openvino/core/node_output.hpp>
#include <span>

#include "models/activation_ranges.h"

namespace glimpse::runtime {

/// x divided by the range's shifts and rounded to 256 steps over it, 0 being one of them: the plugin then computes on
/// u8.
ov::Output<ov::Node> quantized_activation(const ov::Output<ov::Node>& x, const models::ActivationRange& range);

/// A constant f32 weight as int8, -127..127 times a scale of its own for each output channel.
/// channel_axes: how many leading axes number the output channels (1, or 2 where they are in groups).
/// shifts: of the channels of the last axis, which are multiplied by 2^shift first; empty: all 0.
ov::Output<ov::Node> quantized_weight(const ov::Output<ov::Node>& weight, std::size_t channel_axes,
                                      std::span<const std::int8_t> shifts = {});

}  // namespace glimpse::runtime
