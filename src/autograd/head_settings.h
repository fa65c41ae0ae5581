#pragma once

#include <cstddef>
#include <cstdint>

namespace glimpse::autograd {

struct CorrelationSettings {
  std::int64_t width = 256;
  double picture_ridge = 10, text_ridge = 0.3;  ///< Times the mean variance of the side.
  double labelled_share = 0.3;                  ///< How much pictures with only a class weigh.
  std::size_t phrases = 1;                      ///< How many phrases of a picture stand beside its captions, at most.
};

struct ContrastiveSettings {
  std::int64_t width = 256;
  int epochs = 60;
  std::int64_t batch = 256;
  double rate = 1e-3;
  int warmup_steps = 20;
  double weight_decay = 0.01;
  double dropout = 0.4;         ///< Of the pictures' features.
  double labelled_share = 0.3;  ///< How many of the pictures with only a class are learnt from.
  double own_version = 0.5;     ///< How often a picture is seen whole, beyond what chance gives.
  double phrase_share = 0.15;   ///< How often a phrase stands for the caption.
  double caption_mix = 0;       ///< How often the mean, randomly weighted, of two captions stands for one.
  double soft_share = 0;       ///< How much of a target goes to other texts of the batch, by their likeness to its own.
  double soft_sharpness = 20;  ///< Of that likeness: cosines times this are its logits.
  double sentence_weight = 1;  ///< Of the loss between two captions of a picture that is not here.
  std::int64_t sentence_batch = 512;
};

struct EnsembleSettings {
  std::int64_t dimension = 384;  ///< Of the embeddings.
  int contrastive_heads = 3;
  float correlation_scale = 1.2f;  ///< The correlation head's share beside 1 of each other; 0: without it.
  CorrelationSettings correlation = {};
  ContrastiveSettings contrastive = {};
  std::uint64_t seed = 1;
  int threads = 0;  ///< Part of the result: sums are taken in another order. 0: all.
};

}  // namespace glimpse::autograd
