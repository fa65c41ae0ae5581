#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/bind.h"
#include "nn/graph.h"

namespace glimpse::nn {

// Layers are small values: weight views and the few numbers that the weights do not tell. Calling one appends its
// operations to a graph. `named(weights, "x")` takes "x.weight" and "x.bias" of bound weights.

/// y = x·Wᵀ + b. weight [out, in], bias [out].
struct Linear {
  checkpoint::TensorView weight;
  std::optional<checkpoint::TensorView> bias;

  static Linear named(const checkpoint::Weights& weights, const std::string& name);
  Value operator()(Graph& g, Value x) const;
};

/// Ba, Kiros, Hinton 2016, over the last axis. weight, bias [width].
struct LayerNorm {
  checkpoint::TensorView weight;
  checkpoint::TensorView bias;
  float epsilon = 1e-5f;

  static LayerNorm named(const checkpoint::Weights& weights, const std::string& name, float epsilon);
  Value operator()(Graph& g, Value x) const;
};

/// Multi-head attention. Source: Vaswani et al. 2017, sec. 3.2.
struct Attention {
  Linear query, key, value, out;
  std::int64_t heads = 1;

  /// x [batch, tokens, width] looks at itself → the same shape.
  Value operator()(Graph& g, Value x, const AttentionOptions& options) const { return (*this)(g, x, x, options); }
  /// x [batch, tokens, width] looks at memory [batch, memory tokens, memory width] → the shape of x.
  Value operator()(Graph& g, Value x, Value memory, const AttentionOptions& options) const;
  /// The same where key(memory) and value(memory) are at hand: [batch, memory tokens, width] each.
  Value over(Graph& g, Value x, Value keys, Value values, const AttentionOptions& options) const;
};

/// Linear, activation, linear.
struct FeedForward {
  Linear up, down;
  Activation activation = Activation::kGelu;

  Value operator()(Graph& g, Value x) const;
};

/// Where a block normalizes: before each half, as CLIP and ViT do, or after, as BERT does.
enum class NormOrder { kBefore, kAfter };

/// Attention and feed-forward, each with a residual connection and a layer norm.
struct TransformerBlock {
  NormOrder order = NormOrder::kBefore;
  Attention attention;
  LayerNorm attention_norm;
  FeedForward feed_forward;
  LayerNorm feed_forward_norm;

  /// x [batch, tokens, width] → the same.
  Value operator()(Graph& g, Value x, const AttentionOptions& options) const;
};

/// Cuts a picture into patches and projects each. weight [width, 3, patch, patch], bias [width].
struct PatchEmbedding {
  checkpoint::TensorView weight;
  std::optional<checkpoint::TensorView> bias = std::nullopt;
  std::int64_t patch_size = 0;

  /// pixels [batch, 3, size, size] → [batch, (size/patch)², width], row by row.
  Value operator()(Graph& g, Value pixels) const;
};

/// x · factor.
Value scale(Graph& g, Value x, float factor);

}  // namespace glimpse::nn
