// One pass over memory for each tensor: the update is bound by reading and writing it, so all of it happens to a value
// while it is in a register, where a chain of tensor operations would read and write it six times.
#include "autograd/adamw.h"

#include <cmath>

#include "base/assert.h"

namespace glimpse::autograd {
namespace {

constexpr std::int64_t kGrain = 1 << 15;  // values that are worth another thread

struct Coefficients {
  float beta1, rest1, beta2, rest2, epsilon, decay, rate, factor, root_correction;
};

struct Arrays {
  float *value, *first, *second;
  const float* gradient;
};

#if defined(__x86_64__)
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
void update(const Arrays& at, std::int64_t begin, std::int64_t end, const Coefficients& c) {
  float* const __restrict__ value = at.value;
  float* const __restrict__ first = at.first;
  float* const __restrict__ second = at.second;
  const float* const __restrict__ gradient = at.gradient;
#pragma GCC ivdep
  for (std::int64_t i = begin; i < end; ++i) {
    const float g = gradient[i] * c.factor;
    const float m = c.beta1 * first[i] + c.rest1 * g;
    const float v = c.beta2 * second[i] + c.rest2 * g * g;
    first[i] = m;
    second[i] = v;
    value[i] = value[i] * c.decay - c.rate * m / (std::sqrt(v) / c.root_correction + c.epsilon);
  }
}

}  // namespace

AdamW::AdamW(std::vector<Leaf> leaves, const AdamWOptions& options) : leaves_(std::move(leaves)), options_(options) {
  for (const Leaf& leaf : leaves_) {
    GLIMPSE_ASSERT(leaf.value.is_contiguous() && leaf.value.scalar_type() == at::kFloat);
    first_.push_back(at::zeros_like(leaf.value));
    second_.push_back(at::zeros_like(leaf.value));
  }
}

double AdamW::gradient_norm() const {
  double squares = 0;
  for (const Leaf& leaf : leaves_) {
    if (!leaf.value.grad().defined()) continue;
    const double norm = at::linalg_vector_norm(leaf.value.grad(), 2).item<double>();
    squares += norm * norm;
  }
  return std::sqrt(squares);
}

void AdamW::forget_gradients() {
  for (const Leaf& leaf : leaves_) leaf.value.mutable_grad().reset();
}

void AdamW::step(double learning_rate, double factor) {
  const at::NoGradGuard no_gradients;
  ++steps_;
  const auto n = static_cast<double>(steps_);
  const double correction1 = 1 - std::pow(options_.beta1, n), correction2 = 1 - std::pow(options_.beta2, n);
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    const Leaf& leaf = leaves_[i];
    if (!leaf.value.grad().defined()) continue;
    const at::Tensor gradient = leaf.value.grad().contiguous();
    const double rate = learning_rate * (leaf.head ? options_.head_rate : 1);
    const Coefficients c{.beta1 = static_cast<float>(options_.beta1),
                         .rest1 = static_cast<float>(1 - options_.beta1),
                         .beta2 = static_cast<float>(options_.beta2),
                         .rest2 = static_cast<float>(1 - options_.beta2),
                         .epsilon = static_cast<float>(options_.epsilon),
                         .decay = static_cast<float>(leaf.decays ? 1 - rate * options_.weight_decay : 1),
                         .rate = static_cast<float>(rate / correction1),
                         .factor = static_cast<float>(factor),
                         .root_correction = static_cast<float>(std::sqrt(correction2))};
    const Arrays arrays{.value = leaf.value.data_ptr<float>(),
                        .first = first_[i].data_ptr<float>(),
                        .second = second_[i].data_ptr<float>(),
                        .gradient = gradient.data_ptr<float>()};
    at::parallel_for(0, leaf.value.numel(), kGrain,
                     [&](std::int64_t begin, std::int64_t end) { update(arrays, begin, end, c); });
  }
}

}  // namespace glimpse::autograd
