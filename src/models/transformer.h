#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/bind.h"
#include "models/config_reader.h"
#include "nn/layers.h"

namespace glimpse::models {

/// A stack of blocks that normalize before each half, as CLIP, SigLIP and CoCa have in both towers.
struct TransformerConfig {
  std::int64_t hidden_size = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  float layer_norm_epsilon = 1e-5f;
  nn::Activation activation = nn::Activation::kQuickGelu;
};

/// The activation that a Hugging Face `hidden_act` names; an unknown name is a problem of the configuration.
nn::Activation read_activation(ConfigReader& config, const std::string& key, const std::string& fallback);

/// A list of specs that is written name by name. Our names are Hugging Face's where it has one; `other` names are those
/// of open_clip and OpenAI.
class SpecList {
 public:
  using Sources = std::vector<checkpoint::TensorSource>;

  void add(const std::string& name, checkpoint::Shape shape, Sources other = {});
  /// name.weight [out, in] and name.bias [out]; `other` likewise.
  void add_linear(const std::string& name, std::int64_t out, std::int64_t in,
                  const std::vector<std::string>& other = {});
  /// name.weight and name.bias [width].
  void add_norm(const std::string& name, std::int64_t width, const std::vector<std::string>& other = {});
  /// The blocks under `name` ("vision_model.encoder.layers"), in open_clip under any of `other`
  /// ("visual.transformer.resblocks"), where query, key and value lie in one tensor.
  void add_blocks(const std::string& name, const TransformerConfig& config, const std::vector<std::string>& other);

  std::vector<checkpoint::TensorSpec> take() { return std::move(specs_); }

 private:
  std::vector<checkpoint::TensorSpec> specs_;
};

/// The blocks that add_blocks() asked for.
std::vector<nn::TransformerBlock> take_blocks(const checkpoint::Weights& weights, const std::string& name,
                                              const TransformerConfig& config);

/// mask [batch, tokens], 1 for a token and 0 for padding → what hides padding from attention: [batch, 1, 1, tokens],
/// far below any real score, yet finite, so that a row of padding only gives no NaN.
nn::Value hide_padding(nn::Graph& g, nn::Value mask);

}  // namespace glimpse::models
