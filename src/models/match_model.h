#pragma once

#include "models/memory_model.h"

namespace glimpse::models {

/// The side of a model that says whether words and a picture belong together: it reads the words while it looks at the
/// picture, which sees more than the cosine of two embeddings does, and costs more. Immutable and thread-safe.
class MatchModel : public MemoryModel {
 public:
  /// memory [1, memory_tokens, memory_width], ids [rows, tokens] as the tokenizer gives them → the probability that
  /// each row belongs to the picture: [rows, 1]. Errors: as DualEncoder::text_forward.
  virtual Result<nn::Value> match_forward(nn::Graph& graph, nn::Value memory, nn::Value ids) const = 0;
};

}  // namespace glimpse::models
