#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "checkpoint/bind.h"
#include "models/bert.h"
#include "models/dual_encoder.h"
#include "models/efficientnet_lite.h"
#include "nn/layers.h"

namespace glimpse::models {

/// One linear head over each tower's features. Several are an ensemble: their outputs stand side by side.
struct DualHead {
  nn::Linear projection;
  float scale = 1;
  bool layer_norm = false;  ///< Normalizes the picture's features first. Words' features go in as they are.
};

/// The heads' output: l2(concat over k of scale_k · l2(W_k·x + b_k)), through a shared projection where there is one.
struct DualHeads {
  std::vector<DualHead> heads;
  std::optional<checkpoint::TensorView> shared;  ///< [embedding_dimension, sum of the heads' widths]

  /// features [batch, in] → [batch, embedding_dimension], unit rows.
  nn::Value operator()(nn::Graph& g, nn::Value features) const;
};

/// What the pictures' heads see of their tower.
enum class PictureFeatures {
  kClassifier,  ///< x = (pooled, log softmax(logits) / 5, 10 · softmax(logits) · label embeddings).
  kStages  ///< (n(x), 0.7 · n(stages)), n the layer normalization without scale and shift. The stages keep colours and
           ///< textures that the classifier has no use for.
};

/// label_embeddings [classes, words] → [batch, features], head_width + classes + words and, with kStages, stages_width.
nn::Value picture_features(nn::Graph& g, const EfficientNetLite::Output& output,
                           const checkpoint::TensorView& label_embeddings, PictureFeatures features);

/// Where a dual encoder is read out.
enum class DualReadout {
  kEmbedding,        ///< Behind the heads.
  kPictureFeatures,  ///< What the pictures' heads take, before they normalize it: [B, features], not unit rows.
  kSentences         ///< What the words' heads take: [B, hidden], unit rows.
};

/// Opens a directory with a glimpse.json of family "dual": an EfficientNet-Lite and a BERT joined by trained heads.
/// See docs/models/dual.md for the layout. Read out before its heads it is what new heads are fitted to: then only the
/// side that the readout names has a forward, embedding_dimension is that side's width, and the fingerprint another.
Result<std::unique_ptr<DualEncoder>> open_dual(const std::filesystem::path& directory, const OpenOptions& options,
                                               DualReadout readout = DualReadout::kEmbedding);

}  // namespace glimpse::models
