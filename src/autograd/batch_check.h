#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "autograd/learner.h"

// Internal to this room.
namespace glimpse::autograd {

/// What a model takes, against which batches are checked before libtorch sees them.
struct BatchLimits {
  std::int64_t image_size = 0, context_length = 0, vocabulary_size = 0;
};

/// How many rows there are. Errors: invalid_argument.
Result<std::int64_t> check_words(const TextBatch& words, const BatchLimits& limits);
/// keys: as of a Batch; where `kept` says of all that their pixels are not needed, there may be none.
Result<void> check_pixels(std::span<const float> pixels, std::int64_t rows, const BatchLimits& limits,
                          std::span<const Hash128> keys, const std::function<bool(const Hash128&)>& kept);
/// At least two rows, and all parts of one size.
Result<std::int64_t> check_batch(const Batch& batch, const BatchLimits& limits,
                                 const std::function<bool(const Hash128&)>& kept);

}  // namespace glimpse::autograd
