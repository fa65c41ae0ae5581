// The names of a pre-norm block in the two spellings that the field has. Hugging Face keeps query, key and value apart;
// open_clip and OpenAI keep them as one tensor of torch's nn.MultiheadAttention.
#include "models/transformer.h"

#include <fmt/format.h>

#include <array>

namespace glimpse::models {
namespace {

struct NamedActivation {
  const char* name;
  nn::Activation activation;
};
constexpr std::array<NamedActivation, 7> kActivations = {{{"quick_gelu", nn::Activation::kQuickGelu},
                                                          {"gelu", nn::Activation::kGelu},
                                                          {"gelu_new", nn::Activation::kGeluTanh},
                                                          {"gelu_fast", nn::Activation::kGeluTanh},
                                                          {"gelu_pytorch_tanh", nn::Activation::kGeluTanh},
                                                          {"relu", nn::Activation::kRelu},
                                                          {"tanh", nn::Activation::kTanh}}};

std::vector<std::string> with_suffix(std::vector<std::string> names, const std::string& suffix) {
  for (std::string& name : names) name += suffix;
  return names;
}

SpecList::Sources whole(const std::vector<std::string>& names) {
  SpecList::Sources sources;
  for (const std::string& name : names) sources.push_back({.name = name});
  return sources;
}

SpecList::Sources third(const std::vector<std::string>& names, int part) {
  SpecList::Sources sources;
  for (const std::string& name : names) sources.push_back({.name = name, .part = part, .parts = 3});
  return sources;
}

}  // namespace

nn::Activation read_activation(ConfigReader& config, const std::string& key, const std::string& fallback) {
  const std::string name = config.text(key, fallback);
  for (const NamedActivation& row : kActivations) {
    if (name == row.name) return row.activation;
  }
  config.problem(
      fmt::format("'{}': expected quick_gelu, gelu, gelu_new, gelu_pytorch_tanh, relu or tanh, got \"{}\"", key, name));
  return nn::Activation::kGelu;
}

void SpecList::add(const std::string& name, checkpoint::Shape shape, Sources other) {
  other.insert(other.begin(), {.name = name});
  specs_.push_back({.name = name, .from = std::move(other), .shape = std::move(shape)});
}

void SpecList::add_linear(const std::string& name, std::int64_t out, std::int64_t in,
                          const std::vector<std::string>& other) {
  add(name + ".weight", {out, in}, whole(with_suffix(other, ".weight")));
  add(name + ".bias", {out}, whole(with_suffix(other, ".bias")));
}

void SpecList::add_norm(const std::string& name, std::int64_t width, const std::vector<std::string>& other) {
  add(name + ".weight", {width}, whole(with_suffix(other, ".weight")));
  add(name + ".bias", {width}, whole(with_suffix(other, ".bias")));
}

void SpecList::add_blocks(const std::string& name, const TransformerConfig& c, const std::vector<std::string>& other) {
  constexpr std::array<const char*, 3> kProjections = {"q_proj", "k_proj", "v_proj"};
  const std::int64_t width = c.hidden_size;
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = fmt::format("{}.{}.", name, i);
    const auto there = [&](const char* part) { return with_suffix(other, fmt::format(".{}.{}", i, part)); };
    for (int part = 0; part < 3; ++part) {
      const std::string projection = layer + "self_attn." + kProjections[static_cast<std::size_t>(part)];
      add(projection + ".weight", {width, width}, third(there("attn.in_proj_weight"), part));
      add(projection + ".bias", {width}, third(there("attn.in_proj_bias"), part));
    }
    add_linear(layer + "self_attn.out_proj", width, width, there("attn.out_proj"));
    add_norm(layer + "layer_norm1", width, there("ln_1"));
    add_linear(layer + "mlp.fc1", c.intermediate_size, width, there("mlp.c_fc"));
    add_linear(layer + "mlp.fc2", width, c.intermediate_size, there("mlp.c_proj"));
    add_norm(layer + "layer_norm2", width, there("ln_2"));
  }
}

std::vector<nn::TransformerBlock> take_blocks(const checkpoint::Weights& weights, const std::string& name,
                                              const TransformerConfig& c) {
  std::vector<nn::TransformerBlock> blocks;
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = fmt::format("{}.{}.", name, i);
    const auto linear = [&](const char* part) { return nn::Linear::named(weights, layer + part); };
    const auto norm = [&](const char* part) {
      return nn::LayerNorm::named(weights, layer + part, c.layer_norm_epsilon);
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

nn::Value hide_padding(nn::Graph& g, nn::Value mask) {
  const nn::Value padding = g.subtract(mask, g.constant(std::array{1.0f}, {1}));  // 0 for a token, -1 for padding
  return nn::scale(g, g.reshape(padding, {0, 1, 1, -1}), 1e9f);
}

}  // namespace glimpse::models
