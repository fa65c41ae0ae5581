#pragma once

#include <cstdint>
#include <vector>

#include "nn/layers.h"

namespace glimpse::models {

/// What the layers of a decoder keep of the tokens before the one that is being read, so that none is read twice. Used
/// while a forward is written: each layer that looks back takes its turn, in one order always.
class CaptionPast {
 public:
  /// past [tokens, rows, 2 · layers, width]: of each token before, a key and a value a layer. There may be none yet.
  CaptionPast(nn::Graph& g, nn::Value past);

  /// x [rows, 1, width], the token that is read, looks at itself and at those before → the same. `mask`, if any: over
  /// all of them, [rows, 1, 1, tokens + 1].
  nn::Value look_back(nn::Graph& g, const nn::Attention& attention, nn::Value x, const nn::AttentionOptions& options);
  /// The same as a whole block that normalizes first.
  nn::Value read(nn::Graph& g, const nn::TransformerBlock& block, nn::Value x, const nn::AttentionOptions& options);

  /// scores [rows, n] → [rows, n + 2 · layers · width], behind them what is to be kept of the token that was read.
  nn::Value behind(nn::Graph& g, nn::Value scores) const;

 private:
  /// What is kept of the tokens before and of this one: [rows, tokens + 1, width].
  nn::Value with_those_before(nn::Graph& g, nn::Value now);

  nn::Value before_;             ///< [rows, tokens, 2 · layers, width]
  std::vector<nn::Value> kept_;  ///< Of the token that is read, in the layers' order: [rows, 1, width].
};

}  // namespace glimpse::models
