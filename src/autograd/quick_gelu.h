#pragma once

#include "autograd/torch.h"

// Internal to this room.
namespace glimpse::autograd {

/// x·σ(1.702·x) in half of the passes over memory, forward and back, that its operations one by one would take, and
/// nothing kept for the way back but x.
at::Tensor quick_gelu(const at::Tensor& x);

}  // namespace glimpse::autograd
