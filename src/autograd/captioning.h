#pragma once

#include "autograd/torch.h"
#include "text/tokenizer.h"

// Internal to this room.
namespace glimpse::autograd {

/// How much writing captions counts beside telling pairs apart, which counts as 1. Source: Yu et al. 2022, sec. 4.1;
/// open_clip's CoCaLoss as its training calls it.
inline constexpr double kCaptioningWeight = 2;

/// Cross entropy of the token that follows, added up over all that are no padding. scores [rows, tokens - 1,
/// vocabulary], ids [rows, tokens].
at::Tensor captioning_loss(const at::Tensor& scores, const at::Tensor& ids, text::TokenId padding);

/// How many tokens captioning_loss() asks for.
std::int64_t asked_tokens(const at::Tensor& ids, text::TokenId padding);

}  // namespace glimpse::autograd
