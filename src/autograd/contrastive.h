#pragma once

#include <functional>

#include "autograd/head_settings.h"
#include "autograd/head_tensors.h"

namespace glimpse::autograd {

/// A head by gradient: symmetric InfoNCE over pictures and captions, plus InfoNCE between two captions of a picture
/// that is not here. A batch holds one caption of a picture, so captions of one are never each other's negatives. The
/// same seed and number of threads give the same bytes. `epoch_done` hears of each epoch's mean loss.
heads::LinearHead fit_contrastive(const heads::Material& material, const Tensors& tensors,
                                  const ContrastiveSettings& settings, std::uint64_t seed,
                                  const std::function<void(int epoch, double loss)>& epoch_done);

}  // namespace glimpse::autograd
