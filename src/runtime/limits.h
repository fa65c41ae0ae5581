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

/// What the words' tower has to do for one sentence.
struct SentenceWork {
  double operations = 0;  ///< Counted as picture_operations.
  double weights = 0;     ///< Numbers of the matrices, each of which is read once a sentence, however short it is.
};

/// Errors: invalid_argument (no tokens); the model's text_forward; internal.
Result<SentenceWork> sentence_work(const models::DualEncoder& model, int tokens);

/// Bytes a second that `threads` processors (0: all that the process may use) read together from memory, out of 256
/// MiB, which no cache holds. Weights x bytes each / memory_read_rate is how long a short sentence takes at the least.
/// Errors: resource_exhausted.
Result<double> memory_read_rate(int threads, double seconds);

}  // namespace glimpse::runtime
