#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/bind.h"
#include "models/caption_past.h"
#include "models/dual_encoder.h"
#include "models/transformer.h"
#include "nn/graph.h"
#include "nn/layers.h"

namespace glimpse::models {

struct BlipVisionConfig : TransformerConfig {
  std::int64_t image_size = 0;
  std::int64_t patch_size = 0;

  std::int64_t patches() const { return (image_size / patch_size) * (image_size / patch_size); }
};

struct BlipTextConfig : TransformerConfig {
  std::int64_t vocabulary_size = 0;
  std::int64_t max_positions = 0;
  std::int64_t start_id = 0, end_id = 0, pad_id = 0;  ///< Of captions: [DEC], [SEP], [PAD].
};

/// BLIP: a ViT, and a BERT whose blocks can look at the picture. Source: Li et al. 2022; Hugging Face's BlipConfig.
struct BlipConfig {
  BlipTextConfig text = {};
  BlipVisionConfig vision = {};
  std::int64_t embedding_dimension = 0;
};

/// Reads a config.json of model_type "blip". Fields that are absent have BlipConfig's defaults.
BlipConfig read_blip(ConfigReader& config);

/// Where the words' tensors lie: in a model that matches, and in one that writes captions.
inline const std::string kBlipEncoder = "text_encoder";
inline const std::string kBlipDecoder = "text_decoder.bert";

std::vector<checkpoint::TensorSpec> blip_vision_specs(const BlipConfig& config);
/// The projections into the common space and the matching head.
std::vector<checkpoint::TensorSpec> blip_head_specs(const BlipConfig& config);
/// `name`: kBlipEncoder or kBlipDecoder.
std::vector<checkpoint::TensorSpec> blip_text_specs(const BlipConfig& config, const std::string& name);
/// What turns the decoder's last token into scores. Its matrix is the words' own.
std::vector<checkpoint::TensorSpec> blip_writer_specs(const BlipConfig& config);

/// A vision transformer with a class token, normalized at its end.
class BlipVision {
 public:
  BlipVision(const BlipVisionConfig& config, const checkpoint::Weights& weights);
  /// pixels [batch, 3, image_size, image_size] → [batch, 1 + patches, hidden_size], the class token first: what words
  /// look at.
  nn::Value forward(nn::Graph& g, nn::Value pixels) const;

 private:
  std::int64_t hidden_size_;
  checkpoint::TensorView class_embedding_, positions_;
  nn::PatchEmbedding patches_;
  std::vector<nn::TransformerBlock> blocks_;
  nn::LayerNorm norm_after_;
};

/// BERT without segments, which looks at a picture in each block, or at none.
class BlipText {
 public:
  /// `name`: kBlipEncoder or kBlipDecoder.
  BlipText(const BlipConfig& config, const checkpoint::Weights& weights, const std::string& name);

  /// What all blocks look at, so that it is computed once for many sentences. picture [batch, seen, picture width] →
  /// [batch, 2 · layers · seen, hidden_size]: keys and values of the first block, of the second …
  nn::Value memory(nn::Graph& g, nn::Value picture) const;

  /// ids [rows, tokens], memory of one picture, as memory() gives it, or none → [rows, tokens, hidden_size].
  /// `attention`: what a token sees of its own sentence.
  nn::Value forward(nn::Graph& g, nn::Value ids, std::optional<nn::Value> memory,
                    const nn::AttentionOptions& attention) const;
  /// picture [rows, seen, picture width], one for each row → [rows, tokens, hidden_size].
  nn::Value forward_pairs(nn::Graph& g, nn::Value ids, nn::Value picture, const nn::AttentionOptions& attention) const;
  /// The same as forward() of a causal sentence, but for its last token alone: [rows, 1, hidden_size].
  nn::Value forward_last(nn::Graph& g, nn::Value ids, nn::Value memory, CaptionPast& past) const;

 private:
  struct Layer {
    nn::Attention words;
    nn::LayerNorm words_norm;
    nn::Attention picture;
    nn::LayerNorm picture_norm;
    nn::FeedForward feed_forward;
    nn::LayerNorm feed_forward_norm;
  };
  nn::Value embedded(nn::Graph& g, nn::Value ids) const;
  nn::Value look(nn::Graph& g, std::size_t layer, nn::Value x, nn::Value memory) const;
  /// What a block does with x after its tokens have looked at each other, which gave `attended`.
  nn::Value rest_of_block(nn::Graph& g, std::size_t layer, nn::Value x, nn::Value attended,
                          std::optional<nn::Value> memory) const;

  std::int64_t hidden_size_, seen_;
  checkpoint::TensorView words_, positions_;
  nn::LayerNorm embedding_norm_;
  std::vector<Layer> layers_;
};

/// BERT's head for the masked word, here for the next one.
class BlipWriter {
 public:
  BlipWriter(const BlipTextConfig& config, const checkpoint::Weights& weights);
  /// x [rows, tokens, hidden_size] → scores of the token that follows each row: [rows, vocabulary_size].
  nn::Value forward(nn::Graph& g, nn::Value x) const;

 private:
  nn::Linear dense_;
  nn::Activation activation_;
  nn::LayerNorm norm_;
  nn::Linear scores_;
};

/// Opens a Hugging Face directory with a config.json of model_type "blip": BlipForImageTextRetrieval, or
/// BlipForConditionalGeneration, which has captions() and no embeddings.
Result<std::unique_ptr<DualEncoder>> open_blip(const std::filesystem::path& directory, const OpenOptions& options);

}  // namespace glimpse::models
