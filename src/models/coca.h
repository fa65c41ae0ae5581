#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "models/caption_past.h"
#include "models/clip.h"
#include "models/dual_encoder.h"
#include "models/transformer.h"

namespace glimpse::models {

/// CoCa: a CLIP whose picture tower is read out by attention, with a decoder that writes captions.
/// Source: Yu et al. 2022; open_clip's coca_model.py, whose published weights differ from the paper (see coca.cc).
struct CocaConfig {
  ClipConfig clip;  ///< context_length is that of the words; the tower has one position more.
  std::int64_t pooler_heads = 8;
  std::int64_t pooler_queries = 256;
  TransformerConfig decoder;
};

/// Reads an open_clip_config.json with a multimodal_cfg.
CocaConfig read_coca(ConfigReader& config);

std::vector<checkpoint::TensorSpec> coca_vision_specs(const CocaConfig& config);
std::vector<checkpoint::TensorSpec> coca_text_specs(const CocaConfig& config);
std::vector<checkpoint::TensorSpec> coca_decoder_specs(const CocaConfig& config);

/// The trunk, read out by learnt queries: the first gives the embedding, the others what the decoder looks at.
class CocaVision {
 public:
  CocaVision(const CocaConfig& config, const checkpoint::Weights& weights);
  /// pixels [batch, 3, size, size] → [batch, projection_dim], unit rows. Computes the first query alone.
  nn::Value forward(nn::Graph& g, nn::Value pixels) const;
  /// pixels → [batch, queries - 1, projection_dim]: what the decoder looks at.
  nn::Value memory(nn::Graph& g, nn::Value pixels) const;
  /// pixels → both, [batch, queries, projection_dim]: what embedding() reads, and behind it the memory.
  nn::Value seen(nn::Graph& g, nn::Value pixels) const;
  /// The first query of seen() → what forward() gives.
  nn::Value embedding(nn::Graph& g, nn::Value seen) const;

 private:
  /// The queries from `begin` on, read out and normalized.
  nn::Value pooled(nn::Graph& g, nn::Value pixels, std::int64_t begin, std::int64_t end) const;

  VisionTrunk trunk_;
  checkpoint::TensorView queries_;
  nn::LayerNorm query_norm_, memory_norm_, norm_after_;
  nn::Attention attention_;
  nn::Linear projection_;
};

/// A causal transformer with a class token at its end.
class CocaText {
 public:
  CocaText(const CocaConfig& config, const checkpoint::Weights& weights);
  /// ids [batch, tokens], with one token of padding behind a sentence that is shorter than the context → [batch,
  /// projection_dim], unit rows.
  nn::Value forward(nn::Graph& g, nn::Value ids) const;
  /// ids [batch, tokens] → [batch, tokens + 1, width], the class token last.
  nn::Value read(nn::Graph& g, nn::Value ids) const;
  /// The class token of read() → what forward() gives.
  nn::Value embedding(nn::Graph& g, nn::Value read) const;
  /// ids [batch, tokens] → what the decoder reads: [batch, tokens, width].
  nn::Value said(nn::Graph& g, nn::Value ids) const;
  /// The last token of it alone: [batch, 1, width].
  nn::Value said_last(nn::Graph& g, nn::Value ids, CaptionPast& past) const;

 private:
  /// [batch, tokens, width], before the blocks.
  nn::Value embedded(nn::Graph& g, nn::Value ids) const;

  std::int64_t hidden_size_, context_length_;
  checkpoint::TensorView embeddings_, positions_, class_embedding_;
  std::vector<nn::TransformerBlock> blocks_;
  nn::LayerNorm final_norm_;
  nn::Linear projection_;
};

/// Writes the next token: causal blocks, each followed by one that looks at the picture.
class CocaDecoder {
 public:
  CocaDecoder(const CocaConfig& config, const checkpoint::Weights& weights);
  /// memory [pictures, queries - 1, projection_dim] → what all words are then held against, a key and a value a layer:
  /// [pictures, 2 · layers · (queries - 1), width].
  nn::Value looked(nn::Graph& g, nn::Value memory) const;
  /// looked of one picture, words [beams, tokens, width] → scores of the token that follows each beam: [beams,
  /// vocabulary].
  nn::Value forward(nn::Graph& g, nn::Value looked, nn::Value words) const;
  /// looked [rows, ...], a picture for each row, words [rows, tokens, width] → scores of the token that follows each
  /// token: [rows, tokens, vocabulary].
  nn::Value forward_pairs(nn::Graph& g, nn::Value looked, nn::Value words) const;
  /// The same as forward() for the last word alone, [beams, 1, width].
  nn::Value forward_last(nn::Graph& g, nn::Value looked, nn::Value word, CaptionPast& past) const;

 private:
  /// x [beams, tokens, width] with what layer number `layer` sees of the one picture.
  nn::Value see(nn::Graph& g, std::size_t layer, nn::Value looked, nn::Value x) const;
  /// asking [pictures, tokens, width] → what that layer's attention sees: the same.
  nn::Value look(nn::Graph& g, std::size_t layer, nn::Value looked, nn::Value asking) const;
  nn::Value scores(nn::Graph& g, nn::Value x) const;

  struct Layer {
    nn::TransformerBlock words, picture;
    nn::LayerNorm memory_norm;
  };
  std::int64_t hidden_size_, memory_tokens_;
  std::vector<Layer> layers_;
  nn::LayerNorm final_norm_;
  nn::Linear projection_;
};

Result<std::unique_ptr<DualEncoder>> open_coca(const std::filesystem::path& directory, const OpenOptions& options);

}  // namespace glimpse::models
