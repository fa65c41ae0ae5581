#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "autograd/scope.h"
#include "autograd/torch.h"
#include "checkpoint/checkpoint.h"

// Internal to this room.
namespace glimpse::autograd {

/// A tensor of a forward: one of a file, or a third of one where query, key and value lie together.
struct Parameter {
  checkpoint::TensorView view;  ///< Where its first values lie; kept alive by Parameters.
  bool trained = false;         ///< It, or its low-rank update.
  at::Tensor master;            ///< f32, dense, in the view's shape.
  at::Tensor a, b;              ///< LoRA: [rank, in] and [out, rank]; undefined otherwise.
  at::Tensor blended;           ///< While blended: takes the master's place.
};

/// A tensor that an optimizer changes.
struct Leaf {
  std::string key;  ///< Unique and the same each time the model is opened.
  at::Tensor value;
  bool decays = false;
  bool head = false;
};

/// All tensors that the forwards of one model have met, made from the files' on the first meeting and the same from
/// then on. Not thread-safe.
class Parameters {
 public:
  Parameters(ScopeRule rule, std::uint64_t seed) : rule_(std::move(rule)), seed_(seed) {}

  /// The tensor for a forward: differentiable where it is trained, its update added.
  at::Tensor value(const checkpoint::TensorView& view);
  /// Keeps the files alive that views point into.
  void retain(std::shared_ptr<const void> owner);
  /// From now on, retain() and new tensors are a mistake of ours: every tensor has been met.
  void seal() { sealed_ = true; }

  const std::map<std::string, Parameter>& all() const { return parameters_; }
  std::vector<Leaf> leaves() const;
  /// The walk from the tensor as it was opened (0) to what it is now (1). Without gradient.
  at::Tensor between(const Parameter& parameter, double alpha) const;
  void blend(double alpha);

 private:
  Parameter make(const std::string& key, const checkpoint::TensorView& view) const;
  at::Tensor adapted(const Parameter& parameter) const;

  ScopeRule rule_;
  std::uint64_t seed_;
  bool sealed_ = false;
  std::map<std::string, Parameter> parameters_;
  std::vector<std::shared_ptr<const void>> owners_;
};

/// The tensor's values as a dense f32 tensor of libtorch's own.
at::Tensor to_tensor(const checkpoint::TensorView& view);

}  // namespace glimpse::autograd
