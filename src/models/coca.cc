// CoCa as open_clip trained and published it. Where that differs from the paper, the weights decide:
//  - one pooler serves both ends: of its 256 queries the first is the picture's embedding, 255 go to the decoder;
//  - the class token of the words stands at the last position of the context, wherever the sentence ends, and the mask
//    of padding is shifted by one, so that the class token sees one token of padding and not itself.
// The mask below says exactly that: a key is hidden when the id before it is padding. A sentence at its own length and
// one token of padding therefore gives what the reference gives for a row padded to the context. Source: Yu et al.
// 2022; open_clip 3.3, transformer.py (TextTransformer._build_additive_mask, AttentionalPooler).
#include "models/coca.h"

#include <fmt/format.h>

#include <array>
#include <limits>

#include "models/open_clip_config.h"

namespace glimpse::models {
namespace {

using checkpoint::TensorSpec;
using nn::Value;

const std::string kTextBlocks = "text_model.encoder.layers";
constexpr std::int32_t kPadId = 0;
constexpr float kHidden = -1e9f;
constexpr std::int64_t kToTheEnd = std::numeric_limits<std::int64_t>::max();

void add_pooler(SpecList& specs, const CocaConfig& c) {
  const std::int64_t width = c.clip.projection_dim, memory = c.clip.vision.hidden_size;
  const std::string attention = "visual.attn_pool.attn.";
  specs.add("visual.attn_pool.query", {c.pooler_queries, width});
  constexpr std::array<const char*, 3> kProjections = {"q_proj", "k_proj", "v_proj"};
  for (int part = 0; part < 3; ++part) {
    const std::string name = attention + kProjections[static_cast<std::size_t>(part)];
    // torch keeps the three apart where the memory is of another width, and packs them where it is not.
    SpecList::Sources weights = {{.name = name + "_weight"}};
    if (memory == width) weights.push_back({.name = attention + "in_proj_weight", .part = part, .parts = 3});
    specs.add(name + ".weight", {width, part == 0 ? width : memory}, std::move(weights));
    specs.add(name + ".bias", {width}, {{.name = attention + "in_proj_bias", .part = part, .parts = 3}});
  }
  specs.add_linear(attention + "out_proj", width, width);
  specs.add_norm("visual.attn_pool.ln_q", width);
  specs.add_norm("visual.attn_pool.ln_k", memory);
}

nn::Attention take_pooler(const CocaConfig& config, const checkpoint::Weights& weights) {
  const auto linear = [&](const char* part) {
    return nn::Linear::named(weights, std::string("visual.attn_pool.attn.") + part);
  };
  return {.query = linear("q_proj"),
          .key = linear("k_proj"),
          .value = linear("v_proj"),
          .out = linear("out_proj"),
          .heads = config.pooler_heads};
}

/// [tokens + 1, tokens + 1] for ids [batch, tokens]: 0 where a token may look, far below any score where it may not.
Value causal_mask(nn::Graph& g, Value like, std::int64_t positions) {
  std::vector<float> hidden(static_cast<std::size_t>(positions * positions), 0.0f);
  for (std::int64_t row = 0; row < positions; ++row) {
    for (std::int64_t column = row + 1; column < positions; ++column) {
      hidden[static_cast<std::size_t>(row * positions + column)] = kHidden;
    }
  }
  constexpr std::array<std::int64_t, 2> kTransposed = {1, 0};
  const Value rows = g.first_rows(g.constant(hidden, {positions, positions}), like, 1);    // [T, positions]
  return g.transpose(g.first_rows(g.transpose(rows, kTransposed), like, 1), kTransposed);  // [T, T]
}

/// [B, 1, 1, T+1] for ids [B, T]: the key at position j is hidden when the id at j - 1 is padding.
Value mask_of_padding(nn::Graph& g, Value ids) {
  const Value by_padding = g.constant(std::array{0.0f, kHidden}, {2, 1});
  const Value padding = g.reshape(g.gather(by_padding, g.equals(ids, kPadId)), {0, 1, 1, -1});  // [B, 1, 1, T]
  const Value never = g.repeat_batch(g.constant(std::array{0.0f}, {1, 1, 1, 1}), padding);
  return g.concat(std::array{never, padding}, 3);
}

}  // namespace

CocaConfig read_coca(ConfigReader& config) {
  CocaConfig c;
  c.clip = read_open_clip(config);
  c.clip.text.context_length = config.integer("model_cfg.text_cfg.context_length", {2, 8192}, 76);
  c.pooler_heads = config.integer("model_cfg.vision_cfg.attn_pooler_heads", {1, 1024}, 8);
  c.pooler_queries = config.integer("model_cfg.vision_cfg.attn_pooler_queries", {2, 4096}, 256);
  read_open_clip_tower(config, "model_cfg.multimodal_cfg", c.decoder);
  if (c.clip.projection_dim % c.pooler_heads != 0) {
    config.problem(fmt::format("'model_cfg.embed_dim': expected a multiple of attn_pooler_heads {}, got {}",
                               c.pooler_heads, c.clip.projection_dim));
  }
  for (const std::int64_t width : {c.decoder.hidden_size, c.clip.text.hidden_size}) {
    if (width == c.clip.projection_dim) continue;
    config.problem(fmt::format("'model_cfg': expected one width of words, decoder and embedding, got {} and {}", width,
                               c.clip.projection_dim));
  }
  return c;
}

std::vector<TensorSpec> coca_vision_specs(const CocaConfig& config) {
  const std::int64_t width = config.clip.projection_dim;
  SpecList specs;
  add_vision_trunk(specs, config.clip.vision);
  add_pooler(specs, config);
  specs.add_norm("visual.ln_post", width);
  specs.add("visual_projection.weight", {width, width}, {{.name = "visual.proj", .transposed = true}});
  return specs.take();
}

std::vector<TensorSpec> coca_text_specs(const CocaConfig& config) {
  ClipConfig clip = config.clip;
  ++clip.text.context_length;
  std::vector<TensorSpec> specs = text_tensor_specs(clip);
  specs.push_back({.name = "text.cls_emb", .from = {}, .shape = {clip.text.hidden_size}});
  return specs;
}

CocaVision::CocaVision(const CocaConfig& config, const checkpoint::Weights& weights)
    : trunk_(config.clip.vision, weights),
      queries_(weights.at("visual.attn_pool.query")),
      query_norm_(nn::LayerNorm::named(weights, "visual.attn_pool.ln_q", config.clip.vision.layer_norm_epsilon)),
      memory_norm_(nn::LayerNorm::named(weights, "visual.attn_pool.ln_k", config.clip.vision.layer_norm_epsilon)),
      norm_after_(nn::LayerNorm::named(weights, "visual.ln_post", config.clip.vision.layer_norm_epsilon)),
      attention_(take_pooler(config, weights)),
      projection_(nn::Linear::named(weights, "visual_projection")) {}

Value CocaVision::pooled(nn::Graph& g, Value pixels, std::int64_t begin, std::int64_t end) const {
  const Value seen = memory_norm_(g, trunk_.forward(g, pixels));                     // [B, 1+n·n, hidden]
  const Value asked = query_norm_(g, g.slice(g.constant(queries_), 0, begin, end));  // [queries, width]
  const Value queries = g.reshape(asked, {1, -1, queries_.shape[1]});                // [1, queries, width]
  return norm_after_(g, attention_(g, g.repeat_batch(queries, seen), seen, {}));     // [B, queries, width]
}

Value CocaVision::forward(nn::Graph& g, Value pixels) const { return embedding(g, pooled(g, pixels, 0, 1)); }

Value CocaVision::seen(nn::Graph& g, Value pixels) const { return pooled(g, pixels, 0, kToTheEnd); }

Value CocaVision::embedding(nn::Graph& g, Value seen) const {
  const Value first = g.reshape(g.slice(seen, 1, 0, 1), {0, -1});  // [B, width]
  return g.l2_normalize(projection_(g, first));
}

Value CocaVision::memory(nn::Graph& g, Value pixels) const { return pooled(g, pixels, 1, kToTheEnd); }

CocaText::CocaText(const CocaConfig& config, const checkpoint::Weights& weights)
    : hidden_size_(config.clip.text.hidden_size),
      context_length_(config.clip.text.context_length),
      embeddings_(weights.at("text_model.embeddings.token_embedding.weight")),
      positions_(weights.at("text_model.embeddings.position_embedding.weight")),
      class_embedding_(weights.at("text.cls_emb")),
      blocks_(take_blocks(weights, kTextBlocks, config.clip.text)),
      final_norm_(nn::LayerNorm::named(weights, "text_model.final_layer_norm", config.clip.text.layer_norm_epsilon)),
      projection_(nn::Linear::named(weights, "text_projection")) {}

Value CocaText::embedded(nn::Graph& g, Value ids) const {
  const Value positions = g.first_rows(g.constant(positions_), ids, 1);  // [T, width]
  return g.add(g.gather(g.constant(embeddings_), ids), positions);
}

Value CocaText::read(nn::Graph& g, Value ids) const {
  Value x = embedded(g, ids);  // [B, T, width]
  const Value positions = g.constant(positions_);
  const Value last = g.add(g.constant(class_embedding_), g.slice(positions, 0, context_length_, context_length_ + 1));
  x = g.concat(std::array{x, g.repeat_batch(g.reshape(last, {1, 1, hidden_size_}), x)}, 1);  // [B, T+1, width]

  const Value mask = g.add(mask_of_padding(g, ids), causal_mask(g, x, context_length_ + 1));  // [B, 1, T+1, T+1]
  for (const nn::TransformerBlock& block : blocks_) x = block(g, x, {.mask = mask});
  return x;
}

Value CocaText::forward(nn::Graph& g, Value ids) const { return embedding(g, read(g, ids)); }

Value CocaText::embedding(nn::Graph& g, Value read) const {
  const Value class_token = g.reshape(g.slice(read, 1, -1, kToTheEnd), {0, -1});
  return g.l2_normalize(projection_(g, final_norm_(g, class_token)));
}

Value CocaText::said(nn::Graph& g, Value ids) const { return g.slice(read(g, ids), 1, 0, -1); }

// The class token comes last, so no word ever sees it, and what was said before stays as it was.
Value CocaText::said_last(nn::Graph& g, Value ids, CaptionPast& past) const {
  Value x = g.slice(embedded(g, ids), 1, -1, kToTheEnd);          // [B, 1, width]
  const Value mask = g.slice(mask_of_padding(g, ids), 3, 0, -1);  // [B, 1, 1, T]
  for (const nn::TransformerBlock& block : blocks_) x = past.read(g, block, x, {.mask = mask});
  return x;
}

}  // namespace glimpse::models
