#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "checkpoint/bind.h"
#include "models/dual_encoder.h"
#include "models/transformer.h"
#include "nn/graph.h"
#include "nn/layers.h"

namespace glimpse::models {

struct SiglipTextConfig : TransformerConfig {
  std::int64_t vocabulary_size = 0;
  std::int64_t context_length = 0;
  std::int64_t projection_size = 0;
};

struct SiglipVisionConfig : TransformerConfig {
  std::int64_t image_size = 0;
  std::int64_t patch_size = 0;
};

/// SigLIP, and SigLIP 2 at one resolution, which is the same model with other weights and words.
/// Source: Zhai et al. 2023; Tschannen et al. 2025; Hugging Face's SiglipConfig.
struct SiglipConfig {
  SiglipTextConfig text = {};
  SiglipVisionConfig vision = {};
};

/// Reads a config.json of model_type "siglip". Fields that are absent have SiglipConfig's defaults.
SiglipConfig read_siglip(ConfigReader& config);

std::vector<checkpoint::TensorSpec> siglip_vision_specs(const SiglipConfig& config);
std::vector<checkpoint::TensorSpec> siglip_text_specs(const SiglipConfig& config);

/// A vision transformer without a class token, read out by one learnt query.
class SiglipVision {
 public:
  SiglipVision(const SiglipVisionConfig& config, const checkpoint::Weights& weights);
  /// pixels [batch, 3, image_size, image_size] → [batch, hidden_size], unit rows.
  nn::Value forward(nn::Graph& g, nn::Value pixels) const;

 private:
  nn::Value read_out(nn::Graph& g, nn::Value x) const;

  nn::PatchEmbedding patches_;
  checkpoint::TensorView positions_, probe_;
  std::vector<nn::TransformerBlock> blocks_;
  nn::LayerNorm norm_after_;
  nn::Attention attention_;
  nn::LayerNorm head_norm_;
  nn::FeedForward head_;
};

/// A transformer that looks both ways, also at padding, and is read out at its last position: it was trained on rows
/// padded to context_length, and means something only there.
class SiglipText {
 public:
  SiglipText(const SiglipTextConfig& config, const checkpoint::Weights& weights);
  /// ids [batch, context_length] → [batch, projection_size], unit rows.
  nn::Value forward(nn::Graph& g, nn::Value ids) const;

 private:
  checkpoint::TensorView tokens_, positions_;
  std::vector<nn::TransformerBlock> blocks_;
  nn::LayerNorm final_norm_;
  nn::Linear head_;
};

/// Opens a Hugging Face directory with a config.json of model_type "siglip".
Result<std::unique_ptr<DualEncoder>> open_siglip(const std::filesystem::path& directory, const OpenOptions& options);

}  // namespace glimpse::models
