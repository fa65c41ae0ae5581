// BLIP as Hugging Face's transformers reads it. Our names are those of its files, but for the pictures' query, key and
// value, which lie in one tensor there. One BERT serves both ends of a retrieval model: alone it makes the embedding of
// a sentence; looking at a picture it says whether the two belong together. transformers gives it the same [CLS] for
// both, where the paper has a token [ENC] of its own; so do we. Source: Li et al. 2022, sec. 3; modeling_blip.py,
// modeling_blip_text.py.
#include "models/blip.h"

#include <fmt/format.h>

#include <array>
#include <limits>

namespace glimpse::models {
namespace {

using checkpoint::TensorSpec;
using nn::Value;

const std::string kVisionBlocks = "vision_model.encoder.layers";
const std::string kWriter = "text_decoder.cls.predictions";

void read_tower(ConfigReader& config, const std::string& tower, TransformerConfig& c, std::int64_t heads,
                double epsilon) {
  const auto integer = [&](const char* field, Range range, std::int64_t fallback) {
    return config.integer(tower + "." + field, range, fallback);
  };
  c.hidden_size = integer("hidden_size", {1, 16384}, 768);
  c.intermediate_size = integer("intermediate_size", {1, 65536}, 3072);
  c.layers = integer("num_hidden_layers", {1, 256}, 12);
  c.heads = integer("num_attention_heads", {1, 1024}, heads);
  c.layer_norm_epsilon = static_cast<float>(config.number(tower + ".layer_norm_eps", {0, 1}, epsilon));
  c.activation = read_activation(config, tower + ".hidden_act", "gelu");
  if (c.hidden_size % c.heads != 0) {
    config.problem(fmt::format("'{}.hidden_size': expected a multiple of num_attention_heads {}, got {}", tower,
                               c.heads, c.hidden_size));
  }
}

/// BERT's attention under `name`: query of `width`, key and value of what it looks at.
void add_attention(SpecList& specs, const std::string& name, std::int64_t width, std::int64_t memory_width) {
  specs.add_linear(name + ".self.query", width, width);
  specs.add_linear(name + ".self.key", width, memory_width);
  specs.add_linear(name + ".self.value", width, memory_width);
  specs.add_linear(name + ".output.dense", width, width);
  specs.add_norm(name + ".output.LayerNorm", width);
}

nn::Attention take_attention(const checkpoint::Weights& weights, const std::string& name, std::int64_t heads) {
  const auto linear = [&](const char* part) { return nn::Linear::named(weights, name + part); };
  return {.query = linear(".self.query"),
          .key = linear(".self.key"),
          .value = linear(".self.value"),
          .out = linear(".output.dense"),
          .heads = heads};
}

}  // namespace

BlipConfig read_blip(ConfigReader& config) {
  BlipConfig c;
  read_tower(config, "vision_config", c.vision, 12, 1e-5);
  c.vision.image_size = config.integer("vision_config.image_size", {1, 2048}, 384);
  c.vision.patch_size = config.integer("vision_config.patch_size", {1, 2048}, 16);
  if (c.vision.image_size < c.vision.patch_size) {
    config.problem(fmt::format("'vision_config.image_size': expected at least patch_size {}, got {}",
                               c.vision.patch_size, c.vision.image_size));
  }
  read_tower(config, "text_config", c.text, 8, 1e-12);
  c.text.vocabulary_size = config.integer("text_config.vocab_size", {1, 2'000'000}, 30524);
  c.text.max_positions = config.integer("text_config.max_position_embeddings", {2, 8192}, 512);
  const Range ids = {0, static_cast<double>(c.text.vocabulary_size - 1)};
  c.text.start_id = config.integer("text_config.bos_token_id", ids, 30522);
  c.text.end_id = config.integer("text_config.sep_token_id", ids, 102);
  c.text.pad_id = config.integer("text_config.pad_token_id", ids, 0);
  if (!config.boolean("text_config.is_decoder", true)) {
    config.problem("'text_config.is_decoder': expected true: without it words cannot look at a picture");
  }
  if (!config.boolean("text_config.tie_word_embeddings", true)) {
    config.problem("'text_config.tie_word_embeddings': expected true, as in all published models");
  }
  c.embedding_dimension = config.integer("image_text_hidden_size", {1, 16384}, 256);
  return c;
}

std::vector<TensorSpec> blip_vision_specs(const BlipConfig& config) {
  const BlipVisionConfig& c = config.vision;
  const std::int64_t width = c.hidden_size;
  SpecList specs;
  specs.add("vision_model.embeddings.class_embedding", {1, 1, width});
  specs.add("vision_model.embeddings.patch_embedding.weight", {width, 3, c.patch_size, c.patch_size});
  specs.add("vision_model.embeddings.patch_embedding.bias", {width});
  specs.add("vision_model.embeddings.position_embedding", {1, 1 + c.patches(), width});
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = fmt::format("{}.{}.", kVisionBlocks, i), packed = layer + "self_attn.qkv";
    constexpr std::array<const char*, 3> kProjections = {"q_proj", "k_proj", "v_proj"};
    for (int part = 0; part < 3; ++part) {
      const std::string name = layer + "self_attn." + kProjections[static_cast<std::size_t>(part)];
      specs.add(name + ".weight", {width, width}, {{.name = packed + ".weight", .part = part, .parts = 3}});
      specs.add(name + ".bias", {width}, {{.name = packed + ".bias", .part = part, .parts = 3}});
    }
    specs.add_linear(layer + "self_attn.out_proj", width, width, {layer + "self_attn.projection"});
    specs.add_norm(layer + "layer_norm1", width);
    specs.add_linear(layer + "mlp.fc1", c.intermediate_size, width);
    specs.add_linear(layer + "mlp.fc2", width, c.intermediate_size);
    specs.add_norm(layer + "layer_norm2", width);
  }
  specs.add_norm("vision_model.post_layernorm", width);
  return specs.take();
}

std::vector<TensorSpec> blip_head_specs(const BlipConfig& config) {
  SpecList specs;
  specs.add_linear("vision_proj", config.embedding_dimension, config.vision.hidden_size);
  specs.add_linear("text_proj", config.embedding_dimension, config.text.hidden_size);
  specs.add_linear("itm_head", 2, config.text.hidden_size);
  return specs.take();
}

std::vector<TensorSpec> blip_text_specs(const BlipConfig& config, const std::string& name) {
  const BlipTextConfig& c = config.text;
  const std::int64_t width = c.hidden_size;
  SpecList specs;
  specs.add(name + ".embeddings.word_embeddings.weight", {c.vocabulary_size, width});
  specs.add(name + ".embeddings.position_embeddings.weight", {c.max_positions, width});
  specs.add_norm(name + ".embeddings.LayerNorm", width);
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = fmt::format("{}.encoder.layer.{}.", name, i);
    add_attention(specs, layer + "attention", width, width);
    add_attention(specs, layer + "crossattention", width, config.vision.hidden_size);
    specs.add_linear(layer + "intermediate.dense", c.intermediate_size, width);
    specs.add_linear(layer + "output.dense", width, c.intermediate_size);
    specs.add_norm(layer + "output.LayerNorm", width);
  }
  return specs.take();
}

std::vector<TensorSpec> blip_writer_specs(const BlipConfig& config) {
  const std::int64_t width = config.text.hidden_size;
  SpecList specs;
  specs.add_linear(kWriter + ".transform.dense", width, width);
  specs.add_norm(kWriter + ".transform.LayerNorm", width);
  specs.add(kWriter + ".bias", {config.text.vocabulary_size}, {{.name = kWriter + ".decoder.bias"}});
  return specs.take();
}

BlipVision::BlipVision(const BlipVisionConfig& config, const checkpoint::Weights& weights)
    : hidden_size_(config.hidden_size),
      class_embedding_(weights.at("vision_model.embeddings.class_embedding")),
      positions_(weights.at("vision_model.embeddings.position_embedding")),
      patches_{.weight = weights.at("vision_model.embeddings.patch_embedding.weight"),
               .bias = weights.at("vision_model.embeddings.patch_embedding.bias"),
               .patch_size = config.patch_size},
      blocks_(take_blocks(weights, kVisionBlocks, config)),
      norm_after_(nn::LayerNorm::named(weights, "vision_model.post_layernorm", config.layer_norm_epsilon)) {}

Value BlipVision::forward(nn::Graph& g, Value pixels) const {
  const Value patches = patches_(g, pixels);                                  // [B, n·n, width]
  const Value first = g.repeat_batch(g.constant(class_embedding_), patches);  // [B, 1, width]
  Value x = g.add(g.concat(std::array{first, patches}, 1), g.constant(positions_));
  g.mark("vision.embeddings", x);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    x = blocks_[i](g, x, {});
    g.mark(fmt::format("vision.block.{}", i), x);
  }
  x = norm_after_(g, x);
  g.mark("vision.memory", x);
  return x;
}

BlipText::BlipText(const BlipConfig& whole, const checkpoint::Weights& weights, const std::string& name)
    : hidden_size_(whole.text.hidden_size),
      seen_(1 + whole.vision.patches()),
      words_(weights.at(name + ".embeddings.word_embeddings.weight")),
      positions_(weights.at(name + ".embeddings.position_embeddings.weight")),
      embedding_norm_(nn::LayerNorm::named(weights, name + ".embeddings.LayerNorm", whole.text.layer_norm_epsilon)) {
  const BlipTextConfig& config = whole.text;
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const std::string layer = fmt::format("{}.encoder.layer.{}.", name, i);
    const auto norm = [&](const char* part) {
      return nn::LayerNorm::named(weights, layer + part, config.layer_norm_epsilon);
    };
    layers_.push_back({.words = take_attention(weights, layer + "attention", config.heads),
                       .words_norm = norm("attention.output.LayerNorm"),
                       .picture = take_attention(weights, layer + "crossattention", config.heads),
                       .picture_norm = norm("crossattention.output.LayerNorm"),
                       .feed_forward = {.up = nn::Linear::named(weights, layer + "intermediate.dense"),
                                        .down = nn::Linear::named(weights, layer + "output.dense"),
                                        .activation = config.activation},
                       .feed_forward_norm = norm("output.LayerNorm")});
  }
}

Value BlipText::memory(nn::Graph& g, Value picture) const {
  std::vector<Value> parts;
  for (const Layer& layer : layers_) {
    parts.push_back(layer.picture.key(g, picture));
    parts.push_back(layer.picture.value(g, picture));
  }
  return g.concat(parts, 1);
}

// Nothing hides the picture, so to it the tokens of all rows are tokens of one sentence.
Value BlipText::look(nn::Graph& g, std::size_t layer, Value x, Value memory) const {
  const auto part = [&](std::int64_t i) { return g.slice(memory, 1, i * seen_, (i + 1) * seen_); };
  const auto first = 2 * static_cast<std::int64_t>(layer);
  const Value together = g.reshape(x, {1, -1, hidden_size_});  // [1, rows·T, width]
  const Value seen = layers_[layer].picture.over(g, together, part(first), part(first + 1), {});
  return layers_[layer].picture_norm(g, g.add(x, g.reshape_like(seen, x)));
}

Value BlipText::embedded(nn::Graph& g, Value ids) const {
  const Value words = g.gather(g.constant(words_), ids);  // [rows, T, width]
  return embedding_norm_(g, g.add(words, g.first_rows(g.constant(positions_), ids, 1)));
}

Value BlipText::rest_of_block(nn::Graph& g, std::size_t layer, Value x, Value attended,
                              std::optional<Value> memory) const {
  const Layer& parts = layers_[layer];
  x = parts.words_norm(g, g.add(x, attended));
  if (memory) x = look(g, layer, x, *memory);
  return parts.feed_forward_norm(g, g.add(x, parts.feed_forward(g, x)));
}

Value BlipText::forward(nn::Graph& g, Value ids, std::optional<Value> memory,
                        const nn::AttentionOptions& attention) const {
  Value x = embedded(g, ids);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    x = rest_of_block(g, i, x, layers_[i].words(g, x, attention), memory);
    g.mark(fmt::format("text.block.{}", i), x);
  }
  return x;
}

Value BlipText::forward_pairs(nn::Graph& g, Value ids, Value picture, const nn::AttentionOptions& attention) const {
  Value x = embedded(g, ids);
  for (const Layer& layer : layers_) {
    x = layer.words_norm(g, g.add(x, layer.words(g, x, attention)));
    x = layer.picture_norm(g, g.add(x, layer.picture(g, x, picture, {})));
    x = layer.feed_forward_norm(g, g.add(x, layer.feed_forward(g, x)));
  }
  return x;
}

Value BlipText::forward_last(nn::Graph& g, Value ids, Value memory, CaptionPast& past) const {
  Value x = g.slice(embedded(g, ids), 1, -1, std::numeric_limits<std::int64_t>::max());  // [rows, 1, width]
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    x = rest_of_block(g, i, x, past.look_back(g, layers_[i].words, x, {}), memory);
  }
  return x;
}

BlipWriter::BlipWriter(const BlipTextConfig& config, const checkpoint::Weights& weights)
    : dense_(nn::Linear::named(weights, kWriter + ".transform.dense")),
      activation_(config.activation),
      norm_(nn::LayerNorm::named(weights, kWriter + ".transform.LayerNorm", config.layer_norm_epsilon)),
      scores_{.weight = weights.at(kBlipDecoder + ".embeddings.word_embeddings.weight"),
              .bias = weights.at(kWriter + ".bias")} {}

Value BlipWriter::forward(nn::Graph& g, Value x) const {
  const Value last = g.reshape(g.slice(x, 1, -1, std::numeric_limits<std::int64_t>::max()), {0, -1});  // [rows, width]
  return scores_(g, norm_(g, g.activate(dense_(g, last), activation_)));
}

}  // namespace glimpse::models
