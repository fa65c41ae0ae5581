// CoCa's decoder. What a layer sees of the picture is computed from keys and values that are made once a picture.
#include <fmt/format.h>

#include <limits>

#include "models/coca.h"

namespace glimpse::models {
namespace {

using checkpoint::TensorSpec;
using nn::Value;

const std::string kDecoderBlocks = "text_decoder.resblocks";
const std::string kPictureBlocks = "text_decoder.cross_attn";

}  // namespace

std::vector<TensorSpec> coca_decoder_specs(const CocaConfig& config) {
  const TransformerConfig& c = config.decoder;
  SpecList specs;
  specs.add_blocks(kDecoderBlocks, c, {kDecoderBlocks});
  specs.add_blocks(kPictureBlocks, c, {kPictureBlocks});
  for (std::int64_t i = 0; i < c.layers; ++i) {
    specs.add_norm(fmt::format("{}.{}.ln_1_kv", kPictureBlocks, i), c.hidden_size);
  }
  specs.add_norm("text_decoder.ln_final", c.hidden_size);
  specs.add("text_decoder.text_projection.weight", {config.clip.text.vocabulary_size, c.hidden_size},
            {{.name = "text_decoder.text_projection", .transposed = true}});
  return specs.take();
}

CocaDecoder::CocaDecoder(const CocaConfig& config, const checkpoint::Weights& weights)
    : hidden_size_(config.decoder.hidden_size),
      memory_tokens_(config.pooler_queries - 1),
      final_norm_(nn::LayerNorm::named(weights, "text_decoder.ln_final", config.decoder.layer_norm_epsilon)),
      projection_(nn::Linear::named(weights, "text_decoder.text_projection")) {
  const auto words = take_blocks(weights, kDecoderBlocks, config.decoder);
  const auto picture = take_blocks(weights, kPictureBlocks, config.decoder);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string norm = fmt::format("{}.{}.ln_1_kv", kPictureBlocks, i);
    layers_.push_back({words[i], picture[i], nn::LayerNorm::named(weights, norm, config.decoder.layer_norm_epsilon)});
  }
}

Value CocaDecoder::looked(nn::Graph& g, Value memory) const {
  std::vector<Value> kept;
  for (const Layer& layer : layers_) {
    const Value seen = layer.memory_norm(g, memory);
    kept.push_back(layer.picture.attention.key(g, seen));
    kept.push_back(layer.picture.attention.value(g, seen));
  }
  return g.concat(kept, 1);
}

Value CocaDecoder::look(nn::Graph& g, std::size_t number, Value looked, Value asking) const {
  const auto kept = [&](std::int64_t turn) {
    return g.slice(looked, 1, turn * memory_tokens_, (turn + 1) * memory_tokens_);
  };
  const auto turn = static_cast<std::int64_t>(2 * number);
  return layers_[number].picture.attention.over(g, asking, kept(turn), kept(turn + 1), {});
}

// Nothing hides the picture, so to it the tokens of all beams are tokens of one sentence.
Value CocaDecoder::see(nn::Graph& g, std::size_t number, Value looked, Value x) const {
  const Layer& layer = layers_[number];
  const Value together = g.reshape(layer.picture.attention_norm(g, x), {1, -1, hidden_size_});  // [1, beams·T, width]
  x = g.add(x, g.reshape_like(look(g, number, looked, together), x));
  return g.add(x, layer.picture.feed_forward(g, layer.picture.feed_forward_norm(g, x)));
}

Value CocaDecoder::scores(nn::Graph& g, Value x) const {
  const Value last = g.reshape(g.slice(x, 1, -1, std::numeric_limits<std::int64_t>::max()), {0, -1});  // [beams, width]
  return projection_(g, final_norm_(g, last));
}

Value CocaDecoder::forward(nn::Graph& g, Value looked, Value words) const {
  Value x = words;  // [beams, T, width]
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    x = see(g, i, looked, layers_[i].words(g, x, {.mask = std::nullopt, .causal = true}));
  }
  return scores(g, x);
}

Value CocaDecoder::forward_pairs(nn::Graph& g, Value looked, Value words) const {
  Value x = words;  // [rows, T, width]
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const nn::TransformerBlock& picture = layers_[i].picture;
    x = layers_[i].words(g, x, {.mask = std::nullopt, .causal = true});
    x = g.add(x, look(g, i, looked, picture.attention_norm(g, x)));
    x = g.add(x, picture.feed_forward(g, picture.feed_forward_norm(g, x)));
  }
  return projection_(g, final_norm_(g, x));  // [rows, T, vocabulary]
}

Value CocaDecoder::forward_last(nn::Graph& g, Value looked, Value word, CaptionPast& past) const {
  Value x = word;  // [beams, 1, width]
  for (std::size_t i = 0; i < layers_.size(); ++i) x = see(g, i, looked, past.read(g, layers_[i].words, x, {}));
  return scores(g, x);
}

}  // namespace glimpse::models
