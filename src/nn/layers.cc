#include "nn/layers.h"

#include <array>

namespace glimpse::nn {

Linear Linear::named(const checkpoint::Weights& weights, const std::string& name) {
  Linear linear{.weight = weights.at(name + ".weight"), .bias = std::nullopt};
  if (weights.has(name + ".bias")) linear.bias = weights.at(name + ".bias");
  return linear;
}

Value Linear::operator()(Graph& g, Value x) const {
  const Value y = g.matmul(x, g.constant(weight), /*transpose_b=*/true);
  return bias ? g.add(y, g.constant(*bias)) : y;
}

LayerNorm LayerNorm::named(const checkpoint::Weights& weights, const std::string& name, float epsilon) {
  return {.weight = weights.at(name + ".weight"), .bias = weights.at(name + ".bias"), .epsilon = epsilon};
}

Value LayerNorm::operator()(Graph& g, Value x) const {
  return g.add(g.multiply(g.normalize(x, epsilon), g.constant(weight)), g.constant(bias));
}

Value Attention::operator()(Graph& g, Value x, Value memory, const AttentionOptions& options) const {
  return over(g, x, key(g, memory), value(g, memory), options);
}

Value Attention::over(Graph& g, Value x, Value keys, Value values, const AttentionOptions& options) const {
  const std::int64_t width = query.weight.shape[0];
  constexpr std::array<std::int64_t, 4> kSwapTokensAndHeads = {0, 2, 1, 3};
  const auto split = [&](Value projected) {  // [B, T, width] → [B, heads, T, width/heads]
    return g.transpose(g.reshape(projected, {0, -1, heads, width / heads}), kSwapTokensAndHeads);
  };
  const Value mixed = g.attention(split(query(g, x)), split(keys), split(values), options);
  return out(g, g.reshape(g.transpose(mixed, kSwapTokensAndHeads), {0, -1, width}));  // [B, T, width]
}

Value FeedForward::operator()(Graph& g, Value x) const { return down(g, g.activate(up(g, x), activation)); }

Value TransformerBlock::operator()(Graph& g, Value x, const AttentionOptions& options) const {
  if (order == NormOrder::kBefore) {
    x = g.add(x, attention(g, attention_norm(g, x), options));
    return g.add(x, feed_forward(g, feed_forward_norm(g, x)));
  }
  x = attention_norm(g, g.add(x, attention(g, x, options)));
  return feed_forward_norm(g, g.add(x, feed_forward(g, x)));
}

Value PatchEmbedding::operator()(Graph& g, Value pixels) const {
  const Value grid = g.conv2d(pixels, g.constant(weight), {.stride = patch_size});  // [B, width, n, n]
  constexpr std::array<std::int64_t, 3> kPatchesFirst = {0, 2, 1};
  const Value patches = g.transpose(g.reshape(grid, {0, weight.shape[0], -1}), kPatchesFirst);  // [B, n·n, width]
  return bias ? g.add(patches, g.constant(*bias)) : patches;
}

Value scale(Graph& g, Value x, float factor) { return g.multiply(x, g.constant(std::array{factor}, {1})); }

}  // namespace glimpse::nn
