#pragma once

#include "autograd/head_settings.h"
#include "autograd/head_tensors.h"

namespace glimpse::autograd {

/// Regularized canonical correlation analysis (Hotelling 1936) in closed form, directions weighted by their
/// correlation. Captioned and labelled pictures are each centred, so that the difference between the two sources is not
/// learnt. There must be a captioned picture.
heads::LinearHead fit_correlation(const heads::Material& material, const Tensors& tensors,
                                  const CorrelationSettings& settings);

}  // namespace glimpse::autograd
