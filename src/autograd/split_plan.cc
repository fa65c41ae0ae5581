// From the outputs back: a step that is trained, or light, belongs to the trained part, and its own inputs are looked
// at; a heavy step that is not trained is the frontier. From the frontier back everything belongs to the frozen part.
// A normalization that the trained part reads is computed there, so that it meets its scale: what it normalizes is
// kept.
#include "autograd/split_plan.h"

#include <algorithm>

namespace glimpse::autograd {

void SplitPlan::note(StepKind kind, std::span<const nn::Value> from, bool trained, nn::Shape shape) {
  Step step{.kind = kind, .trained = trained, .fed = kind == StepKind::kInput, .shape = std::move(shape)};
  for (const nn::Value value : from) {
    const Step& source = steps_[value.id];
    step.from.push_back(value.id);
    step.trained |= source.trained;
    step.heavy |= source.heavy;
    step.fed |= source.fed;
  }
  step.heavy |= kind == StepKind::kHeavy && step.fed;
  steps_.push_back(std::move(step));
}

void SplitPlan::divide(std::uint32_t id, bool whole) {
  if (trained_[id]) return;
  const Step& step = steps_[id];
  const bool reaches_scale = step.kind == StepKind::kNormalize && !whole;
  if (step.heavy && !step.trained && !reaches_scale) {
    if (std::ranges::find(frontier_, id) == frontier_.end()) frontier_.push_back(id);
    return;
  }
  trained_[id] = true;
  for (const std::uint32_t source : step.from) divide(source, false);
}

void SplitPlan::need(std::uint32_t id) {
  if (frozen_[id]) return;
  frozen_[id] = true;
  for (const std::uint32_t source : steps_[id].from) need(source);
}

void SplitPlan::finish(std::span<const nn::Value> outputs) {
  trained_.assign(steps_.size(), false);
  frozen_.assign(steps_.size(), false);
  for (const nn::Value output : outputs) divide(output.id, true);
  std::ranges::sort(frontier_);
  for (const std::uint32_t id : frontier_) need(id);
}

bool SplitPlan::reads_inputs() const {
  for (std::uint32_t id = 0; id < steps_.size(); ++id) {
    if (trained_[id] && steps_[id].kind == StepKind::kInput) return true;
  }
  return false;
}

}  // namespace glimpse::autograd
