#pragma once

#include <memory>
#include <string>

#include "autograd/feature_store.h"
#include "base/result.h"
#include "models/dual_encoder.h"
#include "train/learner.h"
#include "train/settings.h"

namespace glimpse::app {

/// A learner and what it trains.
struct OpenLearner {
  std::unique_ptr<train::Learner> learner;
  std::size_t trained_tensors = 0, trained_values = 0;
};

/// Whether --scope is one. Errors: invalid_argument saying what there is.
Result<void> check_scope(const std::string& scope);

/// What learning takes of the machine, whatever it comes to.
struct LearningMeans {
  int threads = 0;  ///< 0: all.
  autograd::FeatureOptions features = {};
};

/// The room autograd's learner behind the loop's interface: words go through the model's tokenizer.
/// Errors: autograd::Learner::open's; the tokenizer's.
Result<OpenLearner> open_torch_learner(std::shared_ptr<const models::DualEncoder> model,
                                       const train::Settings& settings, LearningMeans means);

}  // namespace glimpse::app
