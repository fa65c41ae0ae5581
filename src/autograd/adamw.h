#pragma once

#include <cstdint>
#include <vector>

#include "autograd/parameters.h"

// Internal to this room.
namespace glimpse::autograd {

struct AdamWOptions {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double weight_decay = 0.01;  ///< Of leaves that decay.
  double head_rate = 1;        ///< Heads learn at this many times the rate.
};

/// Adam with weight decay apart from the gradient, as torch.optim.AdamW computes it.
/// Source: Loshchilov and Hutter 2019, algorithm 2.
class AdamW {
 public:
  AdamW(std::vector<Leaf> leaves, const AdamWOptions& options);

  /// Updates every leaf by its gradient times `factor`; a leaf without gradient is left alone. f32 on the CPU only.
  void step(double learning_rate, double factor);
  void forget_gradients();
  /// √(sum of all squares) of the gradients; infinite or NaN when one of them is.
  double gradient_norm() const;

  const std::vector<Leaf>& leaves() const { return leaves_; }
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }
  /// The running means of leaf i's gradient and its square.
  at::Tensor& first_moment(std::size_t i) { return first_[i]; }
  at::Tensor& second_moment(std::size_t i) { return second_[i]; }

 private:
  std::vector<Leaf> leaves_;
  AdamWOptions options_;
  std::vector<at::Tensor> first_, second_;
  std::int64_t steps_ = 0;
};

}  // namespace glimpse::autograd
