// SigLIP. Our names are those of Hugging Face's SiglipModel.
// Source: Zhai et al. 2023, sec. 3; the attention pooling head of Zhai et al. 2022 ("Scaling Vision Transformers",
// MAP).
#include "models/siglip.h"

#include <fmt/format.h>

#include <array>
#include <limits>

namespace glimpse::models {
namespace {

using checkpoint::TensorSpec;
using nn::Value;

const std::string kVisionBlocks = "vision_model.encoder.layers";
const std::string kTextBlocks = "text_model.encoder.layers";
const std::string kHead = "vision_model.head.";

void read_tower(ConfigReader& config, const std::string& tower, TransformerConfig& c) {
  const auto integer = [&](const char* field, Range range, std::int64_t fallback) {
    return config.integer(tower + "." + field, range, fallback);
  };
  c.hidden_size = integer("hidden_size", {1, 16384}, 768);
  c.intermediate_size = integer("intermediate_size", {1, 65536}, 3072);
  c.layers = integer("num_hidden_layers", {1, 256}, 12);
  c.heads = integer("num_attention_heads", {1, 1024}, 12);
  c.layer_norm_epsilon = static_cast<float>(config.number(tower + ".layer_norm_eps", {0, 1}, 1e-6));
  c.activation = read_activation(config, tower + ".hidden_act", "gelu_pytorch_tanh");
  if (c.hidden_size % c.heads != 0) {
    config.problem(fmt::format("'{}.hidden_size': expected a multiple of num_attention_heads {}, got {}", tower,
                               c.heads, c.hidden_size));
  }
}

nn::Attention take_attention(const checkpoint::Weights& weights, std::int64_t heads) {
  const auto linear = [&](const char* part) { return nn::Linear::named(weights, kHead + "attention." + part); };
  return {.query = linear("q_proj"),
          .key = linear("k_proj"),
          .value = linear("v_proj"),
          .out = linear("out_proj"),
          .heads = heads};
}

}  // namespace

SiglipConfig read_siglip(ConfigReader& config) {
  SiglipConfig c;
  read_tower(config, "text_config", c.text);
  c.text.vocabulary_size = config.integer("text_config.vocab_size", {1, 2'000'000}, 32000);
  c.text.context_length = config.integer("text_config.max_position_embeddings", {2, 8192}, 64);
  c.text.projection_size = config.integer("text_config.projection_size", {1, 16384}, c.text.hidden_size);
  read_tower(config, "vision_config", c.vision);
  c.vision.image_size = config.integer("vision_config.image_size", {1, 2048}, 224);
  c.vision.patch_size = config.integer("vision_config.patch_size", {1, 2048}, 16);
  if (c.vision.image_size < c.vision.patch_size) {
    config.problem(fmt::format("'vision_config.image_size': expected at least patch_size {}, got {}",
                               c.vision.patch_size, c.vision.image_size));
  }
  if (!config.boolean("vision_config.vision_use_head", true)) {
    config.problem("'vision_config.vision_use_head': expected true: without it there is no embedding");
  }
  if (c.text.projection_size != c.vision.hidden_size) {
    config.problem(fmt::format("'text_config.projection_size': expected the pictures' hidden_size {}, got {}",
                               c.vision.hidden_size, c.text.projection_size));
  }
  return c;
}

std::vector<TensorSpec> siglip_vision_specs(const SiglipConfig& config) {
  const SiglipVisionConfig& c = config.vision;
  const std::int64_t grid = c.image_size / c.patch_size, width = c.hidden_size;
  SpecList specs;
  specs.add("vision_model.embeddings.patch_embedding.weight", {width, 3, c.patch_size, c.patch_size});
  specs.add("vision_model.embeddings.patch_embedding.bias", {width});
  specs.add("vision_model.embeddings.position_embedding.weight", {grid * grid, width});
  specs.add_blocks(kVisionBlocks, c, {});
  specs.add_norm("vision_model.post_layernorm", width);
  specs.add(kHead + "probe", {1, 1, width});
  constexpr std::array<const char*, 3> kProjections = {"q_proj", "k_proj", "v_proj"};
  for (int part = 0; part < 3; ++part) {
    const std::string name = kHead + "attention." + kProjections[static_cast<std::size_t>(part)];
    specs.add(name + ".weight", {width, width},
              {{.name = kHead + "attention.in_proj_weight", .part = part, .parts = 3}});
    specs.add(name + ".bias", {width}, {{.name = kHead + "attention.in_proj_bias", .part = part, .parts = 3}});
  }
  specs.add_linear(kHead + "attention.out_proj", width, width);
  specs.add_norm(kHead + "layernorm", width);
  specs.add_linear(kHead + "mlp.fc1", c.intermediate_size, width);
  specs.add_linear(kHead + "mlp.fc2", width, c.intermediate_size);
  return specs.take();
}

std::vector<TensorSpec> siglip_text_specs(const SiglipConfig& config) {
  const SiglipTextConfig& c = config.text;
  SpecList specs;
  specs.add("text_model.embeddings.token_embedding.weight", {c.vocabulary_size, c.hidden_size});
  specs.add("text_model.embeddings.position_embedding.weight", {c.context_length, c.hidden_size});
  specs.add_blocks(kTextBlocks, c, {});
  specs.add_norm("text_model.final_layer_norm", c.hidden_size);
  specs.add_linear("text_model.head", c.projection_size, c.hidden_size);
  return specs.take();
}

SiglipVision::SiglipVision(const SiglipVisionConfig& config, const checkpoint::Weights& weights)
    : patches_{.weight = weights.at("vision_model.embeddings.patch_embedding.weight"),
               .bias = weights.at("vision_model.embeddings.patch_embedding.bias"),
               .patch_size = config.patch_size},
      positions_(weights.at("vision_model.embeddings.position_embedding.weight")),
      probe_(weights.at(kHead + "probe")),
      blocks_(take_blocks(weights, kVisionBlocks, config)),
      norm_after_(nn::LayerNorm::named(weights, "vision_model.post_layernorm", config.layer_norm_epsilon)),
      attention_(take_attention(weights, config.heads)),
      head_norm_(nn::LayerNorm::named(weights, kHead + "layernorm", config.layer_norm_epsilon)),
      head_{.up = nn::Linear::named(weights, kHead + "mlp.fc1"),
            .down = nn::Linear::named(weights, kHead + "mlp.fc2"),
            .activation = config.activation} {}

Value SiglipVision::read_out(nn::Graph& g, Value x) const {
  const Value probe = g.repeat_batch(g.constant(probe_), x);  // [B, 1, width]
  const Value seen = attention_(g, probe, x, {});
  return g.reshape(g.add(seen, head_(g, head_norm_(g, seen))), {0, -1});  // [B, width]
}

Value SiglipVision::forward(nn::Graph& g, Value pixels) const {
  Value x = g.add(patches_(g, pixels), g.constant(positions_));  // [B, n·n, width]
  g.mark("vision.embeddings", x);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    x = blocks_[i](g, x, {});
    g.mark(fmt::format("vision.block.{}", i), x);
  }
  const Value pooled = read_out(g, norm_after_(g, x));
  g.mark("vision.pooled", pooled);
  return g.l2_normalize(pooled);
}

SiglipText::SiglipText(const SiglipTextConfig& config, const checkpoint::Weights& weights)
    : tokens_(weights.at("text_model.embeddings.token_embedding.weight")),
      positions_(weights.at("text_model.embeddings.position_embedding.weight")),
      blocks_(take_blocks(weights, kTextBlocks, config)),
      final_norm_(nn::LayerNorm::named(weights, "text_model.final_layer_norm", config.layer_norm_epsilon)),
      head_(nn::Linear::named(weights, "text_model.head")) {}

Value SiglipText::forward(nn::Graph& g, Value ids) const {
  Value x = g.add(g.gather(g.constant(tokens_), ids), g.first_rows(g.constant(positions_), ids, 1));  // [B, T, width]
  g.mark("text.embeddings", x);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    x = blocks_[i](g, x, {});
    g.mark(fmt::format("text.block.{}", i), x);
  }
  const Value last = g.slice(x, 1, -1, std::numeric_limits<std::int64_t>::max());  // [B, 1, width]
  const Value pooled = head_(g, final_norm_(g, g.reshape(last, {0, -1})));         // [B, projection_size]
  g.mark("text.pooled", pooled);
  return g.l2_normalize(pooled);
}

}  // namespace glimpse::models
