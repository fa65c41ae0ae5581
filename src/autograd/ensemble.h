#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "autograd/head_settings.h"
#include "base/result.h"
#include "heads/material.h"

namespace glimpse::autograd {

/// Heads side by side, and the projection that both sides share.
struct Ensemble {
  std::vector<heads::LinearHead> heads;
  heads::Matrix projection;  ///< [dimension, sum of the heads' widths]

  /// Unit rows: picture features or sentence features [n, features] → [n, dimension].
  heads::Matrix pictures(const heads::Matrix& features) const;
  heads::Matrix texts(const heads::Matrix& features) const;
};

struct FitProgress {
  int head = 0, heads = 0;  ///< From 0; the correlation head comes first.
  int epoch = 0, epochs = 0;
  double loss = 0;
};

/// Fits an ensemble of linear heads to features of two towers that stay as they are. Errors: invalid_argument for
/// material without a captioned picture, whose sizes do not fit, or with features that are not finite; internal.
Result<Ensemble> fit_ensemble(const heads::Material& material, const EnsembleSettings& settings,
                              const std::function<void(const FitProgress&)>& progress = {});

}  // namespace glimpse::autograd
