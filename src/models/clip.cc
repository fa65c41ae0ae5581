// CLIP from Hugging Face's layout. Both towers are transformers that normalize before each half. The picture tower puts
// a class token before the patches and reads it out; the words' tower is causal and is read out at the end token.
// Source: Radford et al. 2021, sec. 2.4; names as in Hugging Face's CLIPModel ("pre_layrnorm" is theirs).
#include "models/clip.h"

#include <fmt/format.h>

#include <array>

#include "models/bert.h"

namespace glimpse::models {
namespace {

using checkpoint::TensorSpec;
using nn::Value;

constexpr std::int64_t kEosByMistake = 2;

void add(std::vector<TensorSpec>& specs, const std::string& name, checkpoint::Shape shape) {
  specs.push_back({.name = name, .from = {name}, .shape = std::move(shape)});
}

void add_linear(std::vector<TensorSpec>& specs, const std::string& name, std::int64_t out, std::int64_t in) {
  add(specs, name + ".weight", {out, in});
  add(specs, name + ".bias", {out});
}

void add_norm(std::vector<TensorSpec>& specs, const std::string& name, std::int64_t width) {
  add(specs, name + ".weight", {width});
  add(specs, name + ".bias", {width});
}

void add_blocks(std::vector<TensorSpec>& specs, const std::string& tower, const ClipTowerConfig& c) {
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = fmt::format("{}.encoder.layers.{}.", tower, i);
    for (const char* part : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      add_linear(specs, layer + "self_attn." + part, c.hidden_size, c.hidden_size);
    }
    add_norm(specs, layer + "layer_norm1", c.hidden_size);
    add_linear(specs, layer + "mlp.fc1", c.intermediate_size, c.hidden_size);
    add_linear(specs, layer + "mlp.fc2", c.hidden_size, c.intermediate_size);
    add_norm(specs, layer + "layer_norm2", c.hidden_size);
  }
}

std::vector<nn::TransformerBlock> take_blocks(const checkpoint::Weights& weights, const std::string& tower,
                                              const ClipTowerConfig& c) {
  std::vector<nn::TransformerBlock> blocks;
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = fmt::format("{}.encoder.layers.{}.", tower, i);
    const auto linear = [&](const char* name) { return nn::Linear::named(weights, layer + name); };
    const auto norm = [&](const char* name) {
      return nn::LayerNorm::named(weights, layer + name, c.layer_norm_epsilon);
    };
    blocks.push_back({.order = nn::NormOrder::kBefore,
                      .attention = {.query = linear("self_attn.q_proj"),
                                    .key = linear("self_attn.k_proj"),
                                    .value = linear("self_attn.v_proj"),
                                    .out = linear("self_attn.out_proj"),
                                    .heads = c.heads},
                      .attention_norm = norm("layer_norm1"),
                      .feed_forward = {.up = linear("mlp.fc1"), .down = linear("mlp.fc2"), .activation = c.activation},
                      .feed_forward_norm = norm("layer_norm2")});
  }
  return blocks;
}

/// Early configurations carry a second copy of a tower's settings, which wins where it has a field.
std::string key_in(const ConfigReader& config, const std::string& tower, const std::string& field) {
  const std::string second = tower + "_config_dict." + field;
  return config.has(second) ? second : tower + "_config." + field;
}

struct TowerDefaults {
  std::int64_t hidden, intermediate, layers, heads;
};

void read_tower(ConfigReader& config, const std::string& tower, const TowerDefaults& defaults, ClipTowerConfig& c) {
  const auto integer = [&](const char* field, Range range, std::int64_t fallback) {
    return config.integer(key_in(config, tower, field), range, fallback);
  };
  c.hidden_size = integer("hidden_size", {1, 16384}, defaults.hidden);
  c.intermediate_size = integer("intermediate_size", {1, 65536}, defaults.intermediate);
  c.layers = integer("num_hidden_layers", {1, 256}, defaults.layers);
  c.heads = integer("num_attention_heads", {1, 1024}, defaults.heads);
  c.layer_norm_epsilon = static_cast<float>(config.number(key_in(config, tower, "layer_norm_eps"), {0, 1}, 1e-5));
  c.activation = read_activation(config, key_in(config, tower, "hidden_act"), "quick_gelu");
  if (c.hidden_size % c.heads != 0) {
    config.problem(fmt::format("'{}_config.hidden_size': expected a multiple of num_attention_heads {}, got {}", tower,
                               c.heads, c.hidden_size));
  }
}

}  // namespace

ClipConfig read_clip(ConfigReader& config) {
  ClipConfig c;
  c.projection_dim = config.integer("projection_dim", {1, 16384}, 512);
  read_tower(config, "text", {.hidden = 512, .intermediate = 2048, .layers = 12, .heads = 8}, c.text);
  c.text.vocabulary_size = config.integer(key_in(config, "text", "vocab_size"), {1, 2'000'000}, 49408);
  c.text.context_length = config.integer(key_in(config, "text", "max_position_embeddings"), {2, 8192}, 77);
  c.text.eos_token_id = config.integer(key_in(config, "text", "eos_token_id"), {0, 2'000'000}, 49407);
  read_tower(config, "vision", {.hidden = 768, .intermediate = 3072, .layers = 12, .heads = 12}, c.vision);
  c.vision.image_size = config.integer(key_in(config, "vision", "image_size"), {1, 2048}, 224);
  c.vision.patch_size = config.integer(key_in(config, "vision", "patch_size"), {1, 2048}, 32);
  if (c.vision.image_size % c.vision.patch_size != 0) {
    config.problem(fmt::format("'vision_config.image_size': expected a multiple of patch_size {}, got {}",
                               c.vision.patch_size, c.vision.image_size));
  }
  return c;
}

std::vector<TensorSpec> vision_tensor_specs(const ClipConfig& config) {
  const ClipVisionConfig& c = config.vision;
  const std::int64_t grid = c.image_size / c.patch_size;
  std::vector<TensorSpec> specs;
  add(specs, "vision_model.embeddings.class_embedding", {c.hidden_size});
  add(specs, "vision_model.embeddings.patch_embedding.weight", {c.hidden_size, 3, c.patch_size, c.patch_size});
  add(specs, "vision_model.embeddings.position_embedding.weight", {grid * grid + 1, c.hidden_size});
  add_norm(specs, "vision_model.pre_layrnorm", c.hidden_size);
  add_blocks(specs, "vision_model", c);
  add_norm(specs, "vision_model.post_layernorm", c.hidden_size);
  add(specs, "visual_projection.weight", {config.projection_dim, c.hidden_size});
  return specs;
}

std::vector<TensorSpec> text_tensor_specs(const ClipConfig& config) {
  const ClipTextConfig& c = config.text;
  std::vector<TensorSpec> specs;
  add(specs, "text_model.embeddings.token_embedding.weight", {c.vocabulary_size, c.hidden_size});
  add(specs, "text_model.embeddings.position_embedding.weight", {c.context_length, c.hidden_size});
  add_blocks(specs, "text_model", c);
  add_norm(specs, "text_model.final_layer_norm", c.hidden_size);
  add(specs, "text_projection.weight", {config.projection_dim, c.hidden_size});
  return specs;
}

ClipVision::ClipVision(const ClipVisionConfig& config, const checkpoint::Weights& weights)
    : hidden_size_(config.hidden_size),
      class_embedding_(weights.at("vision_model.embeddings.class_embedding")),
      positions_(weights.at("vision_model.embeddings.position_embedding.weight")),
      patches_{.weight = weights.at("vision_model.embeddings.patch_embedding.weight"), .patch_size = config.patch_size},
      norm_before_(nn::LayerNorm::named(weights, "vision_model.pre_layrnorm", config.layer_norm_epsilon)),
      norm_after_(nn::LayerNorm::named(weights, "vision_model.post_layernorm", config.layer_norm_epsilon)),
      blocks_(take_blocks(weights, "vision_model", config)),
      projection_(nn::Linear::named(weights, "visual_projection")) {}

Value ClipVision::forward(nn::Graph& g, Value pixels) const {
  const Value patches = patches_(g, pixels);                                                  // [B, n·n, width]
  const Value one_class = g.reshape(g.constant(class_embedding_), {1, 1, hidden_size_});      // [1, 1, width]
  const Value tokens = g.concat(std::array{g.repeat_batch(one_class, patches), patches}, 1);  // [B, 1+n·n, width]
  Value x = norm_before_(g, g.add(tokens, g.constant(positions_)));
  g.mark("vision.embeddings", x);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    x = blocks_[i](g, x, {});
    g.mark(fmt::format("vision.block.{}", i), x);
  }
  const Value class_token = g.reshape(g.slice(x, 1, 0, 1), {0, -1});  // [B, width]
  const Value pooled = norm_after_(g, class_token);
  g.mark("vision.pooled", pooled);
  const Value projected = projection_(g, pooled);  // [B, projection_dim]
  g.mark("vision.projected", projected);
  return g.l2_normalize(projected);
}

ClipText::ClipText(const ClipTextConfig& config, const checkpoint::Weights& weights)
    : eos_token_id_(config.eos_token_id),
      tokens_(weights.at("text_model.embeddings.token_embedding.weight")),
      positions_(weights.at("text_model.embeddings.position_embedding.weight")),
      blocks_(take_blocks(weights, "text_model", config)),
      final_norm_(nn::LayerNorm::named(weights, "text_model.final_layer_norm", config.layer_norm_epsilon)),
      projection_(nn::Linear::named(weights, "text_projection")) {}

Value ClipText::forward(nn::Graph& g, Value ids) const {
  Value x = g.add(g.gather(g.constant(tokens_), ids), g.first_rows(g.constant(positions_), ids, 1));  // [B, T, width]
  g.mark("text.embeddings", x);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    x = blocks_[i](g, x, {.mask = std::nullopt, .causal = true});
    g.mark(fmt::format("text.block.{}", i), x);
  }
  const bool by_greatest_id = eos_token_id_ == kEosByMistake;
  const Value end = g.argmax(by_greatest_id ? ids : g.equals(ids, static_cast<std::int32_t>(eos_token_id_)));  // [B]
  const Value pooled = g.take_rows(final_norm_(g, x), end);  // [B, width]
  g.mark("text.pooled", pooled);
  const Value projected = projection_(g, pooled);  // [B, projection_dim]
  g.mark("text.projected", projected);
  return g.l2_normalize(projected);
}

}  // namespace glimpse::models
