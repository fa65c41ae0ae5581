#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "autograd/learner.h"
#include "autograd/torch.h"

// Internal to this room.
namespace glimpse::autograd {

/// The loss that a family was pre-trained with on pairs of picture and words.
enum class LossKind { kSoftmax, kSigmoid };
LossKind loss_of(std::string_view family);

/// [rows, rows] bool: pairs (i, j) other than i = j that are no negatives of each other, because they show the same
/// picture or say the same words.
at::Tensor related_rows(const Batch& batch, std::int64_t rows);

struct Temperature {
  at::Tensor log_scale;  ///< One number: cosines times its exp are the logits.
  at::Tensor bias;       ///< kSigmoid: one number that is added to them. Undefined otherwise.
};

/// Symmetric cross entropy: each picture chooses among the words of the batch, each words among the pictures; related
/// rows are left out of the choice. image, text: [rows, width], unit rows. Mean over rows and both ways.
/// Source: Radford et al. 2021, fig. 3.
at::Tensor softmax_loss(const at::Tensor& image, const at::Tensor& text, const Temperature& t,
                        const at::Tensor& related);

/// Each pair on its own: -log σ(z·(scale·cosine + bias)), z = 1 for a row with itself, -1 otherwise; summed over all
/// but related pairs, divided by the rows. Source: Zhai et al. 2023 (SigLIP), eq. 1.
at::Tensor sigmoid_loss(const at::Tensor& image, const at::Tensor& text, const Temperature& t,
                        const at::Tensor& related);

}  // namespace glimpse::autograd
