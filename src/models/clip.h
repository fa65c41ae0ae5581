#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/bind.h"
#include "models/config_reader.h"
#include "models/dual_encoder.h"
#include "nn/graph.h"
#include "nn/layers.h"

namespace glimpse::models {

/// One of CLIP's two transformers.
struct ClipTowerConfig {
  std::int64_t hidden_size = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  float layer_norm_epsilon = 1e-5f;
  nn::Activation activation = nn::Activation::kQuickGelu;
};

struct ClipTextConfig : ClipTowerConfig {
  std::int64_t vocabulary_size = 0;
  std::int64_t context_length = 0;
  /// Which token a sentence is read out at. 2 is what early configurations say by mistake; it means the greatest id.
  std::int64_t eos_token_id = 0;
};

struct ClipVisionConfig : ClipTowerConfig {
  std::int64_t image_size = 0;
  std::int64_t patch_size = 0;
};

/// Source: Radford et al. 2021; Hugging Face's CLIPConfig.
struct ClipConfig {
  std::int64_t projection_dim = 0;
  ClipTextConfig text;
  ClipVisionConfig vision;
};

/// Reads a config.json of model_type "clip". Fields that are absent have CLIPConfig's defaults.
ClipConfig read_clip(ConfigReader& config);

std::vector<checkpoint::TensorSpec> vision_tensor_specs(const ClipConfig& config);
std::vector<checkpoint::TensorSpec> text_tensor_specs(const ClipConfig& config);

/// ViT with a class token.
class ClipVision {
 public:
  ClipVision(const ClipVisionConfig& config, const checkpoint::Weights& weights);
  /// pixels [batch, 3, image_size, image_size] → [batch, projection_dim], unit rows.
  nn::Value forward(nn::Graph& g, nn::Value pixels) const;

 private:
  std::int64_t hidden_size_;
  checkpoint::TensorView class_embedding_, positions_;
  nn::PatchEmbedding patches_;
  nn::LayerNorm norm_before_, norm_after_;
  std::vector<nn::TransformerBlock> blocks_;
  nn::Linear projection_;
};

/// A causal transformer that is read out at the end token, so padding after it changes nothing.
class ClipText {
 public:
  ClipText(const ClipTextConfig& config, const checkpoint::Weights& weights);
  /// ids [batch, tokens] → [batch, projection_dim], unit rows.
  nn::Value forward(nn::Graph& g, nn::Value ids) const;

 private:
  std::int64_t eos_token_id_;
  checkpoint::TensorView tokens_, positions_;
  std::vector<nn::TransformerBlock> blocks_;
  nn::LayerNorm final_norm_;
  nn::Linear projection_;
};

/// Opens a Hugging Face CLIP directory: config.json, preprocessor_config.json, model.safetensors or pytorch_model.bin,
/// and the tokenizer's files.
Result<std::unique_ptr<DualEncoder>> open_clip(const std::filesystem::path& directory, const OpenOptions& options);

}  // namespace glimpse::models
