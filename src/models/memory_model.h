#pragma once

#include "base/result.h"
#include "nn/graph.h"

namespace glimpse::models {

/// A model whose words look at a picture. The picture is computed once, into its memory, and looked at by every
/// sentence that comes after. Immutable and thread-safe.
class MemoryModel {
 public:
  virtual ~MemoryModel() = default;

  /// The memory of one picture is [memory_tokens, memory_width].
  virtual int memory_tokens() const = 0;
  virtual int memory_width() const = 0;

  /// pixels [pictures, 3, size, size] → [pictures, memory_tokens, memory_width]. Errors: as DualEncoder::image_forward.
  virtual Result<nn::Value> memory_forward(nn::Graph& graph, nn::Value pixels) const = 0;
};

}  // namespace glimpse::models
