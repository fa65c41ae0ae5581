#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/dual_encoder.h"
#include "runtime/towers.h"

namespace glimpse::runtime {

/// The side of a model that matches words with a picture, compiled: two graphs, one run once a picture, one run once a
/// sentence that looks at it. Thread-safe: as many threads as options.threads run at once.
class Matcher {
 public:
  /// Errors: unsupported (the model does not match; int8); the model's; internal.
  static Result<std::unique_ptr<Matcher>> compile(const models::DualEncoder& model, const RuntimeOptions& options);
  ~Matcher();

  /// pixels [3, S, S] → what words look at. Errors: invalid_argument, internal.
  Result<std::vector<float>> look(std::span<const float> pixels) const;

  /// One sentence as the tokenizer gives it → the probability that it belongs to the picture, 0 to 1. Errors:
  /// invalid_argument when there are no tokens, too many, or one beyond the vocabulary; internal.
  Result<float> match(std::span<const float> memory, std::span<const text::TokenId> ids) const;

 private:
  struct State;
  explicit Matcher(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glimpse::runtime
