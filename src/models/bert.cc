// BERT: the sum of word, position and segment embeddings, then blocks that normalize after each half. Sentences are the
// mean of the last block's tokens. Every token of a real sentence belongs to segment 0.
// Source: Devlin et al. 2018, sec. 3; names as in Hugging Face's BertModel, with or without the "bert." prefix.
#include "models/bert.h"

#include <fmt/format.h>

#include <array>

namespace glimpse::models {
namespace {

using nn::Value;

void add(std::vector<checkpoint::TensorSpec>& specs, const std::string& name, checkpoint::Shape shape) {
  specs.push_back({.name = name, .from = {{.name = name}, {.name = "bert." + name}}, .shape = std::move(shape)});
}

void add_norm(std::vector<checkpoint::TensorSpec>& specs, const std::string& name, std::int64_t width) {
  const auto part = [&](const char* ours, const char* older) {  // files of 2018 say gamma and beta
    specs.push_back({.name = name + ours,
                     .from = {{.name = name + ours},
                              {.name = "bert." + name + ours},
                              {.name = name + older},
                              {.name = "bert." + name + older}},
                     .shape = {width}});
  };
  part(".weight", ".gamma");
  part(".bias", ".beta");
}

void add_linear(std::vector<checkpoint::TensorSpec>& specs, const std::string& name, std::int64_t out,
                std::int64_t in) {
  add(specs, name + ".weight", {out, in});
  add(specs, name + ".bias", {out});
}

Value mean_of_tokens(nn::Graph& g, Value x, const TextInput& input) {
  constexpr std::array<std::int64_t, 1> kTokens = {1};
  if (!input.mask) return g.mean(x, kTokens);
  const Value weights = g.reshape(*input.mask, {0, -1, 1});  // [B, T, 1]
  return g.divide(g.sum(g.multiply(x, weights), kTokens), g.sum(weights, kTokens));
}

}  // namespace

BertConfig read_bert(ConfigReader& config) {
  const std::string type = config.text("model_type");
  if (type != "bert") config.problem(fmt::format("'model_type': expected \"bert\", got \"{}\"", type));
  const std::string positions = config.text("position_embedding_type", "absolute");
  if (positions != "absolute") {
    config.problem(fmt::format("'position_embedding_type': expected \"absolute\", got \"{}\"", positions));
  }
  BertConfig c;
  c.vocabulary_size = config.integer("vocab_size", {1, 2'000'000});
  c.hidden_size = config.integer("hidden_size", {1, 16384});
  c.layers = config.integer("num_hidden_layers", {1, 256});
  c.heads = config.integer("num_attention_heads", {1, 1024});
  c.intermediate_size = config.integer("intermediate_size", {1, 65536});
  c.max_positions = config.integer("max_position_embeddings", {1, 131072});
  c.token_types = config.integer("type_vocab_size", {1, 1024}, 2);
  c.layer_norm_epsilon = static_cast<float>(config.number("layer_norm_eps", {0, 1}, 1e-12));
  c.activation = read_activation(config, "hidden_act", "gelu");
  if (c.hidden_size % c.heads != 0) {
    config.problem(
        fmt::format("'hidden_size': expected a multiple of num_attention_heads {}, got {}", c.heads, c.hidden_size));
  }
  return c;
}

std::vector<checkpoint::TensorSpec> tensor_specs(const BertConfig& config) {
  std::vector<checkpoint::TensorSpec> specs;
  const std::int64_t width = config.hidden_size;
  add(specs, "embeddings.word_embeddings.weight", {config.vocabulary_size, width});
  add(specs, "embeddings.position_embeddings.weight", {config.max_positions, width});
  add(specs, "embeddings.token_type_embeddings.weight", {config.token_types, width});
  add_norm(specs, "embeddings.LayerNorm", width);
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const std::string layer = fmt::format("encoder.layer.{}.", i);
    for (const char* part : {"query", "key", "value"})
      add_linear(specs, layer + "attention.self." + part, width, width);
    add_linear(specs, layer + "attention.output.dense", width, width);
    add_norm(specs, layer + "attention.output.LayerNorm", width);
    add_linear(specs, layer + "intermediate.dense", config.intermediate_size, width);
    add_linear(specs, layer + "output.dense", width, config.intermediate_size);
    add_norm(specs, layer + "output.LayerNorm", width);
  }
  return specs;
}

std::vector<std::string> bert_ignored() {
  return {"embeddings.position_ids", "bert.embeddings.position_ids", "pooler.*", "bert.pooler.*", "cls.*"};
}

Bert::Bert(const BertConfig& config, const checkpoint::Weights& weights)
    : words_(weights.at("embeddings.word_embeddings.weight")),
      positions_(weights.at("embeddings.position_embeddings.weight")),
      token_types_(weights.at("embeddings.token_type_embeddings.weight")),
      embedding_norm_(nn::LayerNorm::named(weights, "embeddings.LayerNorm", config.layer_norm_epsilon)) {
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const std::string layer = fmt::format("encoder.layer.{}.", i);
    const auto linear = [&](const char* name) { return nn::Linear::named(weights, layer + name); };
    const auto norm = [&](const char* name) {
      return nn::LayerNorm::named(weights, layer + name, config.layer_norm_epsilon);
    };
    blocks_.push_back({.order = nn::NormOrder::kAfter,
                       .attention = {.query = linear("attention.self.query"),
                                     .key = linear("attention.self.key"),
                                     .value = linear("attention.self.value"),
                                     .out = linear("attention.output.dense"),
                                     .heads = config.heads},
                       .attention_norm = norm("attention.output.LayerNorm"),
                       .feed_forward = {.up = linear("intermediate.dense"),
                                        .down = linear("output.dense"),
                                        .activation = config.activation},
                       .feed_forward_norm = norm("output.LayerNorm")});
  }
}

Value Bert::forward(nn::Graph& g, const TextInput& input) const {
  const Value words = g.gather(g.constant(words_), input.ids);                 // [B, T, width]
  const Value segment = g.slice(g.constant(token_types_), 0, 0, 1);            // [1, width]
  const Value positions = g.first_rows(g.constant(positions_), input.ids, 1);  // [T, width]
  Value x = embedding_norm_(g, g.add(g.add(words, segment), positions));       // [B, T, width]
  g.mark("embeddings", x);
  nn::AttentionOptions attention;
  if (input.mask) attention.mask = hide_padding(g, *input.mask);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    x = blocks_[i](g, x, attention);  // [B, T, width]
    g.mark(fmt::format("block.{}", i), x);
  }
  return mean_of_tokens(g, x, input);  // [B, width]
}

}  // namespace glimpse::models
