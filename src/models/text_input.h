#pragma once

#include <optional>

#include "nn/graph.h"

namespace glimpse::models {

/// Words as a model takes them.
struct TextInput {
  nn::Value ids;                  ///< [batch, tokens] i32, with the model's special tokens.
  std::optional<nn::Value> mask;  ///< [batch, tokens] f32, 1 for a token and 0 for padding; none: no row is padded.
};

}  // namespace glimpse::models
