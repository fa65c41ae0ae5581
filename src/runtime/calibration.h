#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "models/dual_encoder.h"

namespace glimpse::runtime {

/// Measures what int8 needs: runs the picture tower in f32 and takes, for each convolution's input, the least and the
/// greatest number of each picture, averaged over the pictures. The average leaves out the rare extremes, which would
/// make every other number coarser.
/// pixels: [count, 3, S, S] as image::preprocess made them. Errors: invalid_argument (no pictures, wrong size);
/// unsupported (a tower without convolutions); the model's image_forward; internal.
Result<std::vector<models::ActivationRange>> calibrate(const models::DualEncoder& model, std::span<const float> pixels,
                                                       int count);

}  // namespace glimpse::runtime
