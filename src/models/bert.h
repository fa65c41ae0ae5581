#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/bind.h"
#include "models/config_reader.h"
#include "models/dual_encoder.h"
#include "models/transformer.h"
#include "nn/graph.h"
#include "nn/layers.h"

namespace glimpse::models {

/// BERT's encoder as a sentence encoder. Source: Devlin et al. 2018; Reimers, Gurevych 2019 (mean pooling).
struct BertConfig {
  std::int64_t vocabulary_size = 0;
  std::int64_t hidden_size = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t max_positions = 0;
  std::int64_t token_types = 0;
  float layer_norm_epsilon = 1e-12f;
  nn::Activation activation = nn::Activation::kGelu;
};

/// Reads a Hugging Face config.json of model_type "bert".
BertConfig read_bert(ConfigReader& config);

std::vector<checkpoint::TensorSpec> tensor_specs(const BertConfig& config);
/// Tensors of published files that a sentence encoder does not use.
std::vector<std::string> bert_ignored();

class Bert {
 public:
  Bert(const BertConfig& config, const checkpoint::Weights& weights);

  /// ids [batch, tokens] → the mean over each row's tokens: [batch, hidden_size], not normalized.
  nn::Value forward(nn::Graph& g, const TextInput& input) const;

 private:
  checkpoint::TensorView words_, positions_, token_types_;
  nn::LayerNorm embedding_norm_;
  std::vector<nn::TransformerBlock> blocks_;
};

}  // namespace glimpse::models
