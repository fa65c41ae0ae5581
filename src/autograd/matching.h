#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "autograd/torch.h"

// Internal to this room.
namespace glimpse::autograd {

/// A picture and a sentence of a batch, by their rows.
struct MatchPair {
  std::int64_t picture = 0, words = 0;
  bool right = false;  ///< They belong together.
  bool operator==(const MatchPair&) const = default;
};

/// What a batch teaches about matching: each row with itself; each picture with words of another row; each sentence
/// with a picture of another row. Others are drawn by how near they are, so that most are hard to tell from the right
/// one: with the weight of the softmax of their logits, and a little more. images, words: [rows, width], unit rows.
/// related: pairs that are never drawn; a row that is related to all others has no such pair. The same seed draws the
/// same. Source: Li et al. 2021 (ALBEF), sec. 3.2; Li et al. 2022 (BLIP), sec. 3.2; salesforce/BLIP, blip_pretrain.py.
std::vector<MatchPair> draw_pairs(const at::Tensor& images, const at::Tensor& words, double logit_scale,
                                  const at::Tensor& related, std::uint64_t seed);

/// Cross entropy, added up. scores [pairs, 2]: that they do not belong together, and that they do.
at::Tensor matching_loss(const at::Tensor& scores, std::span<const MatchPair> pairs);

}  // namespace glimpse::autograd
