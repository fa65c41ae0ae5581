#include "autograd/batch_check.h"

#include <algorithm>

namespace glimpse::autograd {

Result<std::int64_t> check_words(const TextBatch& words, const BatchLimits& limits) {
  if (words.tokens < 1 || words.tokens > limits.context_length) {
    return Error::invalid_argument("words: expected 1 to {} tokens a row, got {}", limits.context_length, words.tokens);
  }
  const auto count = static_cast<std::int64_t>(words.ids.size());
  if (count == 0 || count % words.tokens != 0) {
    return Error::invalid_argument("words: expected rows of {} tokens, got {} ids", words.tokens, count);
  }
  if (!words.mask.empty() && words.mask.size() != words.ids.size()) {
    return Error::invalid_argument("words: expected a mask of {} values, got {}", words.ids.size(), words.mask.size());
  }
  const auto outside = [&](std::int32_t id) { return id < 0 || id >= limits.vocabulary_size; };
  if (const auto found = std::ranges::find_if(words.ids, outside); found != words.ids.end()) {
    return Error::invalid_argument("words: row {}: expected ids from 0 to {}, got {}",
                                   (found - words.ids.begin()) / words.tokens, limits.vocabulary_size - 1, *found);
  }
  return count / words.tokens;
}

Result<void> check_pixels(std::span<const float> pixels, std::int64_t rows, const BatchLimits& limits,
                          std::span<const Hash128> keys, const std::function<bool(const Hash128&)>& kept) {
  if (!keys.empty() && static_cast<std::int64_t>(keys.size()) != rows) {
    return Error::invalid_argument("pictures: expected a key for each of {} rows, got {}", rows, keys.size());
  }
  if (pixels.empty() && !keys.empty() && std::ranges::all_of(keys, kept)) return {};
  const std::int64_t expected = rows * 3 * limits.image_size * limits.image_size;
  if (rows >= 1 && static_cast<std::int64_t>(pixels.size()) == expected) return {};
  return Error::invalid_argument("pictures: expected [{}, 3, {}, {}], {} values, got {}", rows, limits.image_size,
                                 limits.image_size, expected, pixels.size());
}

Result<std::int64_t> check_batch(const Batch& batch, const BatchLimits& limits,
                                 const std::function<bool(const Hash128&)>& kept) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::int64_t rows, check_words(batch.words, limits));
  GLIMPSE_RETURN_IF_ERROR(check_pixels(batch.pixels, rows, limits, batch.keys, kept));
  if (rows < 2) return Error::invalid_argument("a batch of one pair has nothing to tell it from: give at least two");
  if (!batch.picture.empty() && static_cast<std::int64_t>(batch.picture.size()) != rows) {
    return Error::invalid_argument("expected which picture it is for {} rows, got {}", rows, batch.picture.size());
  }
  return rows;
}

}  // namespace glimpse::autograd
