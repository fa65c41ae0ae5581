#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/bind.h"
#include "models/config_reader.h"
#include "models/dual_encoder.h"
#include "models/transformer.h"
#include "nn/graph.h"
#include "nn/layers.h"

namespace glimpse::models {

struct ClipTextConfig : TransformerConfig {
  std::int64_t vocabulary_size = 0;
  std::int64_t context_length = 0;
  /// The token that a sentence is read out at. None: the greatest id, as OpenAI and open_clip do.
  std::optional<std::int64_t> eos_token_id;
};

struct ClipVisionConfig : TransformerConfig {
  std::int64_t image_size = 0;
  std::int64_t patch_size = 0;
};

/// Source: Radford et al. 2021; Hugging Face's CLIPConfig.
struct ClipConfig {
  std::int64_t projection_dim = 0;
  ClipTextConfig text = {};
  ClipVisionConfig vision = {};
};

/// Reads a config.json of model_type "clip". Fields that are absent have CLIPConfig's defaults.
ClipConfig read_clip(ConfigReader& config);

/// Reads an open_clip_config.json. What this family has not is a problem, named by its key.
ClipConfig read_open_clip(ConfigReader& config);

std::vector<checkpoint::TensorSpec> vision_tensor_specs(const ClipConfig& config);
std::vector<checkpoint::TensorSpec> text_tensor_specs(const ClipConfig& config);

/// A vision transformer with a class token, up to what it is read out of.
class VisionTrunk {
 public:
  VisionTrunk(const ClipVisionConfig& config, const checkpoint::Weights& weights);
  /// pixels [batch, 3, image_size, image_size] → [batch, 1 + patches, hidden_size], the class token first.
  nn::Value forward(nn::Graph& g, nn::Value pixels) const;

 private:
  std::int64_t hidden_size_;
  checkpoint::TensorView class_embedding_, positions_;
  nn::PatchEmbedding patches_;
  nn::LayerNorm norm_before_;
  std::vector<nn::TransformerBlock> blocks_;
};
void add_vision_trunk(SpecList& specs, const ClipVisionConfig& config);

/// The trunk, read out at the class token.
class ClipVision {
 public:
  ClipVision(const ClipVisionConfig& config, const checkpoint::Weights& weights);
  /// pixels [batch, 3, image_size, image_size] → [batch, projection_dim], unit rows.
  nn::Value forward(nn::Graph& g, nn::Value pixels) const;

 private:
  VisionTrunk trunk_;
  nn::LayerNorm norm_after_;
  nn::Linear projection_;
};

/// A causal transformer that is read out at the end token, so padding after it changes nothing.
class ClipText {
 public:
  ClipText(const ClipTextConfig& config, const checkpoint::Weights& weights);
  /// ids [batch, tokens] → [batch, projection_dim], unit rows.
  nn::Value forward(nn::Graph& g, nn::Value ids) const;

 private:
  std::optional<std::int64_t> eos_token_id_;
  checkpoint::TensorView tokens_, positions_;
  std::vector<nn::TransformerBlock> blocks_;
  nn::LayerNorm final_norm_;
  nn::Linear projection_;
};

/// Opens a CLIP, SigLIP apart, in any of its published layouts; which files each needs is in docs/models/clip.md.
/// Hugging Face: a directory with a config.json of model_type "clip".
Result<std::unique_ptr<DualEncoder>> open_hugging_face_clip(const std::filesystem::path& directory,
                                                            const OpenOptions& options);
/// open_clip: a directory with an open_clip_config.json.
Result<std::unique_ptr<DualEncoder>> open_open_clip(const std::filesystem::path& directory, const OpenOptions& options);
/// OpenAI: a TorchScript archive, "ViT-B-32.pt". Its tensors' shapes are its configuration.
Result<std::unique_ptr<DualEncoder>> open_openai_clip(const std::filesystem::path& archive, const OpenOptions& options);

}  // namespace glimpse::models
