#pragma once

#include "models/memory_model.h"
#include "models/text_input.h"

namespace glimpse::models {

/// The side of a model that says whether words and a picture belong together: it reads the words while it looks at the
/// picture, which sees more than the cosine of two embeddings does, and costs more. Immutable and thread-safe.
class MatchModel : public MemoryModel {
 public:
  /// memory [1, memory_tokens, memory_width], ids [rows, tokens] as the tokenizer gives them → the probability that
  /// each row belongs to the picture: [rows, 1]. Errors: as DualEncoder::text_forward.
  virtual Result<nn::Value> match_forward(nn::Graph& graph, nn::Value memory, nn::Value ids) const = 0;

  /// The same of pairs, for learning: memory [rows, memory_tokens, memory_width], a picture for each row → scores that
  /// they do not belong together, and that they do: [rows, 2], of which the softmax is the probability.
  virtual Result<nn::Value> pair_forward(nn::Graph& graph, nn::Value memory, const TextInput& input) const = 0;
  /// memory [rows, memory_tokens, memory_width] → what DualEncoder::image_forward makes of the pixels, so that a
  /// picture's memory and embedding are computed as one.
  virtual Result<nn::Value> embedding_forward(nn::Graph& graph, nn::Value memory) const = 0;
};

}  // namespace glimpse::models
