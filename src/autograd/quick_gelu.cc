// With c = 1.702 and silu(x) = x·σ(x), which libtorch has fused: quick_gelu(x) = silu(c·x)/c, and its derivative is
// silu's at c·x.
#include "autograd/quick_gelu.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <torch/csrc/autograd/custom_function.h>
#pragma GCC diagnostic pop

namespace glimpse::autograd {
namespace {

constexpr double kSlope = 1.702;

struct QuickGelu : torch::autograd::Function<QuickGelu> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x) {
    context->save_for_backward({x});
    at::Tensor y = x * kSlope;
    at::silu_(y);
    return y.mul_(1 / kSlope);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const at::Tensor x = context->get_saved_variables()[0];
    return {at::silu_backward(gradients[0], x * kSlope)};
  }
};

}  // namespace

at::Tensor quick_gelu(const at::Tensor& x) { return QuickGelu::apply(x); }

}  // namespace glimpse::autograd
