#include "autograd/adamw.h"

#include <gtest/gtest.h>
#include <torch/optim/adamw.h>

namespace glimpse::autograd {
namespace {

constexpr double kRate = 3e-3;

/// Twenty updates by both; the greatest difference, relative to the greatest value.
double difference(double decay, bool decays) {
  at::manual_seed(3);
  const at::Tensor begin = at::randn({70, 33});
  const at::Tensor ours = begin.clone().set_requires_grad(true);
  const at::Tensor theirs = begin.clone().set_requires_grad(true);
  AdamW optimizer({{.key = "w", .value = ours, .decays = decays}},
                  {.beta1 = 0.9, .beta2 = 0.98, .epsilon = 1e-6, .weight_decay = decay});
  torch::optim::AdamW reference(
      std::vector<at::Tensor>{theirs},
      torch::optim::AdamWOptions(kRate).betas({0.9, 0.98}).eps(1e-6).weight_decay(decays ? decay : 0));
  for (int i = 0; i < 20; ++i) {
    const at::Tensor gradient = at::randn({70, 33}) * (i % 3);
    ours.mutable_grad() = gradient.clone();
    theirs.mutable_grad() = gradient.clone();
    optimizer.step(kRate, 1);
    reference.step();
  }
  return ((ours - theirs).abs().max() / theirs.abs().max()).item<double>();
}

TEST(AdamW, EqualsLibtorchs) {
  EXPECT_LT(difference(0.2, true), 1e-6);
  EXPECT_LT(difference(0.2, false), 1e-6);
}

TEST(AdamW, AFactorScalesTheGradientAndALeafWithoutOneIsLeftAlone) {
  const at::Tensor a = at::ones({3}).set_requires_grad(true), b = at::ones({3}).set_requires_grad(true);
  const at::Tensor lonely = at::ones({3}).set_requires_grad(true);
  AdamW first({{.key = "a", .value = a, .decays = true}, {.key = "l", .value = lonely, .decays = true}}, {});
  AdamW second({{.key = "b", .value = b, .decays = true}}, {});
  a.mutable_grad() = at::full({3}, 4.0);
  b.mutable_grad() = at::full({3}, 1.0);
  EXPECT_NEAR(first.gradient_norm(), 4 * std::sqrt(3.0), 1e-6);
  first.step(kRate, 0.25);
  second.step(kRate, 1);
  EXPECT_TRUE(a.equal(b));
  EXPECT_TRUE(lonely.equal(at::ones({3})));
}

}  // namespace
}  // namespace glimpse::autograd
