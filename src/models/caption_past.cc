#include "models/caption_past.h"

#include <array>

namespace glimpse::models {

using nn::Value;

CaptionPast::CaptionPast(nn::Graph& g, Value past) {
  constexpr std::array<std::int64_t, 4> kRowsFirst = {1, 0, 2, 3};
  before_ = g.transpose(past, kRowsFirst);
}

Value CaptionPast::with_those_before(nn::Graph& g, Value now) {
  const auto turn = static_cast<std::int64_t>(kept_.size());
  const std::int64_t width = g.shape(before_)[3];
  kept_.push_back(now);
  const Value before = g.reshape(g.slice(before_, 2, turn, turn + 1), {0, 0, width});
  return g.concat(std::array{before, now}, 1);
}

Value CaptionPast::look_back(nn::Graph& g, const nn::Attention& attention, Value x,
                             const nn::AttentionOptions& options) {
  const Value keys = with_those_before(g, attention.key(g, x));
  const Value values = with_those_before(g, attention.value(g, x));
  return attention.over(g, x, keys, values, options);
}

Value CaptionPast::read(nn::Graph& g, const nn::TransformerBlock& block, Value x, const nn::AttentionOptions& options) {
  x = g.add(x, look_back(g, block.attention, block.attention_norm(g, x), options));
  return g.add(x, block.feed_forward(g, block.feed_forward_norm(g, x)));
}

Value CaptionPast::behind(nn::Graph& g, Value scores) const {
  std::vector<Value> parts = {scores};
  const std::int64_t width = g.shape(before_)[3];
  for (const Value kept : kept_) parts.push_back(g.reshape(kept, {0, width}));
  return g.concat(parts, 1);
}

}  // namespace glimpse::models
