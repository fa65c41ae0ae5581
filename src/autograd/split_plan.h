#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nn/graph.h"

// Internal to this room.
namespace glimpse::autograd {

/// What kind of operation a step of a forward is, as far as dividing the forward is concerned.
enum class StepKind {
  kConstant,   ///< A weight, or numbers of the model's own.
  kInput,      ///< Handed in.
  kHeavy,      ///< A product, a convolution, attention: worth not being done again.
  kNormalize,  ///< Waits for its scale, with which it is computed as one; cheap.
  kOther
};

/// A forward, operation by operation in the order in which it is built, divided in two: the frozen part is what no
/// trained tensor comes near and what is worth keeping; the trained part is all else. The frontier is what the trained
/// part reads of the frozen one. Families write a forward the same way for any number of rows and tokens, so the steps
/// of one are the steps of all.
class SplitPlan {
 public:
  struct Step {
    StepKind kind = StepKind::kOther;
    std::vector<std::uint32_t> from = {};
    bool trained = false;  ///< Hangs on a trained tensor.
    bool fed = false;      ///< Hangs on what is handed in.
    bool heavy = false;    ///< Hangs on something heavy that is fed.
    nn::Shape shape = {};  ///< Of the rows that were noted.
  };

  /// trained: kConstant alone; all else is worked out.
  void note(StepKind kind, std::span<const nn::Value> from, bool trained, nn::Shape shape);
  /// Divides, once all is noted. outputs: what the forward gives.
  void finish(std::span<const nn::Value> outputs);

  const Step& at(std::uint32_t id) const { return steps_[id]; }
  std::size_t size() const { return steps_.size(); }
  /// Ascending. Empty: there is nothing to keep.
  const std::vector<std::uint32_t>& frontier() const { return frontier_; }
  bool in_frozen_part(std::uint32_t id) const { return frozen_[id]; }
  bool in_trained_part(std::uint32_t id) const { return trained_[id]; }
  /// Whether the trained part reads what is handed in itself, and not only what the frozen part made of it.
  bool reads_inputs() const;

 private:
  void divide(std::uint32_t id, bool whole);
  void need(std::uint32_t id);

  std::vector<Step> steps_;
  std::vector<std::uint32_t> frontier_;
  std::vector<bool> frozen_, trained_;
};

}  // namespace glimpse::autograd
