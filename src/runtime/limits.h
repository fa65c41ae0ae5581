#pragma once

#include "base/result.h"
#include "models/dual_encoder.h"
#include "runtime/towers.h"

namespace glimpse::runtime {

/// What this machine can do at the most, whatever the model: operations a second of a large matrix product
/// [size, size] x [size, size], a multiplication and an addition counted as two. One product at a time runs on each of
/// `threads` processors (0: all that the process may use), as batches do in the picture tower. Runs once to warm up,
/// then about `seconds`. Errors: invalid_argument (size below 1); internal.
Result<double> matmul_rate(Precision precision, int threads, double seconds, int size = 2048);

/// The operations of the picture tower for one picture, counted in the same way: matrix products, convolutions and
/// attention; what is done element by element is left out. matmul_rate / picture_operations is how many pictures a
/// second no runtime can exceed. Errors: the model's image_forward; internal.
Result<double> picture_operations(const models::DualEncoder& model);

}  // namespace glimpse::runtime
