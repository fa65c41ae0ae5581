// CLIP. Both towers are transformers that normalize before each half. The picture tower puts
// a class token before the patches and reads it out; the words' tower is causal and is read out at the end token.
// Source: Radford et al. 2021, sec. 2.4; our names are those of Hugging Face's CLIPModel ("pre_layrnorm" is theirs).
#include "models/clip.h"

#include <fmt/format.h>

#include <array>

namespace glimpse::models {
namespace {

using checkpoint::TensorSpec;
using nn::Value;

/// What early configurations say for `eos_token_id` by mistake; they mean the greatest id.
constexpr std::int64_t kEosByMistake = 2;
const std::string kVisionBlocks = "vision_model.encoder.layers";
const std::string kTextBlocks = "text_model.encoder.layers";

/// Early configurations carry a second copy of a tower's settings, which wins where it has a field.
std::string key_in(const ConfigReader& config, const std::string& tower, const std::string& field) {
  const std::string second = tower + "_config_dict." + field;
  return config.has(second) ? second : tower + "_config." + field;
}

struct TowerDefaults {
  std::int64_t hidden, intermediate, layers, heads;
};

void read_tower(ConfigReader& config, const std::string& tower, const TowerDefaults& defaults, TransformerConfig& c) {
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
  const auto eos = config.integer(key_in(config, "text", "eos_token_id"), {0, 2'000'000}, 49407);
  if (eos != kEosByMistake) c.text.eos_token_id = eos;
  read_tower(config, "vision", {.hidden = 768, .intermediate = 3072, .layers = 12, .heads = 12}, c.vision);
  c.vision.image_size = config.integer(key_in(config, "vision", "image_size"), {1, 2048}, 224);
  c.vision.patch_size = config.integer(key_in(config, "vision", "patch_size"), {1, 2048}, 32);
  if (c.vision.image_size % c.vision.patch_size != 0) {
    config.problem(fmt::format("'vision_config.image_size': expected a multiple of patch_size {}, got {}",
                               c.vision.patch_size, c.vision.image_size));
  }
  return c;
}

void add_vision_trunk(SpecList& specs, const ClipVisionConfig& c) {
  const std::int64_t grid = c.image_size / c.patch_size, width = c.hidden_size;
  specs.add("vision_model.embeddings.class_embedding", {width}, {{.name = "visual.class_embedding"}});
  specs.add("vision_model.embeddings.patch_embedding.weight", {width, 3, c.patch_size, c.patch_size},
            {{.name = "visual.conv1.weight"}});
  specs.add("vision_model.embeddings.position_embedding.weight", {grid * grid + 1, width},
            {{.name = "visual.positional_embedding"}});
  specs.add_norm("vision_model.pre_layrnorm", width, {"visual.ln_pre"});
  specs.add_blocks(kVisionBlocks, c, {"visual.transformer.resblocks"});
}

std::vector<TensorSpec> vision_tensor_specs(const ClipConfig& config) {
  const std::int64_t width = config.vision.hidden_size;
  SpecList specs;
  add_vision_trunk(specs, config.vision);
  specs.add_norm("vision_model.post_layernorm", width, {"visual.ln_post"});
  specs.add("visual_projection.weight", {config.projection_dim, width}, {{.name = "visual.proj", .transposed = true}});
  return specs.take();
}

std::vector<TensorSpec> text_tensor_specs(const ClipConfig& config) {
  const ClipTextConfig& c = config.text;
  const std::int64_t width = c.hidden_size;
  SpecList specs;
  // open_clip puts "text." before everything in models whose words' tower is a part of its own.
  const auto either = [](const std::string& name) {
    return SpecList::Sources{{.name = name}, {.name = "text." + name}};
  };
  specs.add("text_model.embeddings.token_embedding.weight", {c.vocabulary_size, width},
            either("token_embedding.weight"));
  specs.add("text_model.embeddings.position_embedding.weight", {c.context_length, width},
            either("positional_embedding"));
  specs.add_blocks(kTextBlocks, c, {"transformer.resblocks", "text.transformer.resblocks"});
  specs.add_norm("text_model.final_layer_norm", width, {"ln_final", "text.ln_final"});
  specs.add("text_projection.weight", {config.projection_dim, width},
            {{.name = "text_projection", .transposed = true}, {.name = "text.text_projection", .transposed = true}});
  return specs.take();
}

VisionTrunk::VisionTrunk(const ClipVisionConfig& config, const checkpoint::Weights& weights)
    : hidden_size_(config.hidden_size),
      class_embedding_(weights.at("vision_model.embeddings.class_embedding")),
      positions_(weights.at("vision_model.embeddings.position_embedding.weight")),
      patches_{.weight = weights.at("vision_model.embeddings.patch_embedding.weight"), .patch_size = config.patch_size},
      norm_before_(nn::LayerNorm::named(weights, "vision_model.pre_layrnorm", config.layer_norm_epsilon)),
      blocks_(take_blocks(weights, kVisionBlocks, config)) {}

Value VisionTrunk::forward(nn::Graph& g, Value pixels) const {
  const Value patches = patches_(g, pixels);                                                  // [B, n·n, width]
  const Value one_class = g.reshape(g.constant(class_embedding_), {1, 1, hidden_size_});      // [1, 1, width]
  const Value tokens = g.concat(std::array{g.repeat_batch(one_class, patches), patches}, 1);  // [B, 1+n·n, width]
  Value x = norm_before_(g, g.add(tokens, g.constant(positions_)));
  g.mark("vision.embeddings", x);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    x = blocks_[i](g, x, {});
    g.mark(fmt::format("vision.block.{}", i), x);
  }
  return x;
}

ClipVision::ClipVision(const ClipVisionConfig& config, const checkpoint::Weights& weights)
    : trunk_(config, weights),
      norm_after_(nn::LayerNorm::named(weights, "vision_model.post_layernorm", config.layer_norm_epsilon)),
      projection_(nn::Linear::named(weights, "visual_projection")) {}

Value ClipVision::forward(nn::Graph& g, Value pixels) const {
  const Value class_token = g.reshape(g.slice(trunk_.forward(g, pixels), 1, 0, 1), {0, -1});  // [B, width]
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
      blocks_(take_blocks(weights, kTextBlocks, config)),
      final_norm_(nn::LayerNorm::named(weights, "text_model.final_layer_norm", config.layer_norm_epsilon)),
      projection_(nn::Linear::named(weights, "text_projection")) {}

Value ClipText::forward(nn::Graph& g, Value ids) const {
  Value x = g.add(g.gather(g.constant(tokens_), ids), g.first_rows(g.constant(positions_), ids, 1));  // [B, T, width]
  g.mark("text.embeddings", x);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    x = blocks_[i](g, x, {.mask = std::nullopt, .causal = true});
    g.mark(fmt::format("text.block.{}", i), x);
  }
  const Value end = g.argmax(eos_token_id_ ? g.equals(ids, static_cast<std::int32_t>(*eos_token_id_)) : ids);  // [B]
  const Value pooled = g.take_rows(final_norm_(g, x), end);  // [B, width]
  g.mark("text.pooled", pooled);
  const Value projected = projection_(g, pooled);  // [B, projection_dim]
  g.mark("text.projected", projected);
  return g.l2_normalize(projected);
}

}  // namespace glimpse::models
