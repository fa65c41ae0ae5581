#include "train/wise.h"

#include <algorithm>

namespace glimpse::train {
namespace {

constexpr int kGridSteps = 10;

Result<BlendScore> try_blend(Learner& learner, double alpha, const BlendOptions& options) {
  GLIMPSE_RETURN_IF_ERROR(learner.blend(alpha));
  BlendScore tried{.alpha = alpha, .validation = 0, .guard = std::nullopt};
  GLIMPSE_ASSIGN_OR_RETURN(const Score validation, measure(learner, options.validation, options.measuring));
  tried.validation = validation.ndcg_10;
  if (!options.guard.empty()) {
    GLIMPSE_ASSIGN_OR_RETURN(const Score guard, measure(learner, options.guard, options.measuring));
    tried.guard = guard.ndcg_10;
  }
  return tried;
}

}  // namespace

Result<BlendChoice> choose_blend(Learner& learner, const BlendOptions& options) {
  BlendChoice choice{.alpha = 0, .tried = {}, .guard_decided = false};
  for (int i = 0; i <= kGridSteps; ++i) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto tried, try_blend(learner, static_cast<double>(i) / kGridSteps, options));
    choice.tried.push_back(tried);
  }
  const BlendScore& original = choice.tried.front();
  double best = original.validation, best_of_all = original.validation;
  for (const BlendScore& tried : choice.tried) {
    best_of_all = std::max(best_of_all, tried.validation);
    const bool admitted = !tried.guard || tried.alpha == 0 || *tried.guard >= *original.guard - options.guard_tolerance;
    if (!admitted || tried.validation < best) continue;
    best = tried.validation;
    choice.alpha = tried.alpha;
  }
  choice.guard_decided = best < best_of_all;
  GLIMPSE_RETURN_IF_ERROR(learner.blend(choice.alpha));
  return choice;
}

}  // namespace glimpse::train
