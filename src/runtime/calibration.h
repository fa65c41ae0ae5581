#pragma once

#include <span>

#include "base/result.h"
#include "models/dual_encoder.h"

namespace glimpse::runtime {

/// Measures what int8 needs: runs the picture tower in f32 on the pictures and looks at what convolutions and linear
/// layers read. A range is the least and the greatest number of each picture, averaged over the pictures: the average
/// leaves out the rare extremes, which would make every other number coarser. For linear layers it also finds shifts,
/// and leaves in f32 those that rounding would hurt (rounding.h). pixels: [count, 3, S, S] as image::preprocess made
/// them. Errors: invalid_argument (no pictures, wrong size); unsupported (nothing in the tower can be rounded); the
/// model's image_forward; internal.
Result<models::ActivationRanges> calibrate(const models::DualEncoder& model, std::span<const float> pixels, int count);

}  // namespace glimpse::runtime
