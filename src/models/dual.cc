// A dual encoder made of two towers that were trained apart. The picture tower is a classifier: its pooled features say
// how the picture looks, its class probabilities what is in it, and the probabilities times the class names' sentence
// embeddings where that lies in the words' own space. Linear heads bring both sides together.
#include "models/dual.h"

#include <array>

namespace glimpse::models {
namespace {

using nn::Value;

// The factors bring the three parts to about the same spread, as the heads were trained on them.
constexpr float kLogProbabilityFactor = 0.2f;
constexpr float kLabelEmbeddingFactor = 10.0f;
constexpr float kLayerNormEpsilon = 1e-5f;
constexpr float kStagesFactor = 0.7f;  // chosen on folds: the card of glimpse-small

}  // namespace

Value DualHeads::operator()(nn::Graph& g, Value features) const {
  std::vector<Value> parts;
  for (const DualHead& head : heads) {
    const Value x = head.layer_norm ? g.normalize(features, kLayerNormEpsilon) : features;
    parts.push_back(nn::scale(g, g.l2_normalize(head.projection(g, x)), head.scale));  // [B, d_k]
  }
  Value joined = g.concat(parts, -1);  // [B, sum of d_k]
  if (shared) joined = g.matmul(joined, g.constant(*shared), /*transpose_b=*/true);
  return g.l2_normalize(joined);
}

Value picture_features(nn::Graph& g, const EfficientNetLite::Output& output,
                       const checkpoint::TensorView& label_embeddings, PictureFeatures features) {
  const Value log_probabilities = nn::scale(g, g.log_softmax(output.logits), kLogProbabilityFactor);
  const Value expected_label = g.matmul(g.softmax(output.logits), g.constant(label_embeddings), /*transpose_b=*/false);
  const Value classifier =
      g.concat(std::array{output.pooled, log_probabilities, nn::scale(g, expected_label, kLabelEmbeddingFactor)}, -1);
  if (features == PictureFeatures::kClassifier) return classifier;
  const Value stages = nn::scale(g, g.normalize(output.stages, kLayerNormEpsilon), kStagesFactor);
  return g.concat(std::array{g.normalize(classifier, kLayerNormEpsilon), stages}, -1);
}

}  // namespace glimpse::models
