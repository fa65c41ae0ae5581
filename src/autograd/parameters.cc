// A view of a bound tensor knows its file's name for it, and runs to the end of the file's tensor; so name and
// remaining bytes tell the thirds of a joint query-key-value matrix apart, and where in it each begins.
#include "autograd/parameters.h"

#include <fmt/format.h>

#include <cmath>
#include <random>

#include "base/assert.h"
#include "base/hash.h"

namespace glimpse::autograd {
namespace {

/// U(-1/√in, 1/√in), as torch's own linear layers and LoRA's A begin; of 53-bit numbers, so that any libtorch gives the
/// same.
at::Tensor random_down(const std::string& key, std::uint64_t seed, std::int64_t rank, std::int64_t in) {
  std::mt19937_64 random(seed ^ hash128(key).low);
  at::Tensor values = at::empty({rank, in}, at::kFloat);
  const double bound = 1 / std::sqrt(static_cast<double>(in));
  for (float& v : std::span(values.data_ptr<float>(), static_cast<std::size_t>(rank * in))) {
    const double unit = static_cast<double>(random() >> 11) * 0x1p-53;
    v = static_cast<float>((2 * unit - 1) * bound);
  }
  return values;
}

}  // namespace

at::Tensor to_tensor(const checkpoint::TensorView& view) {
  const std::vector<float> values = checkpoint::to_f32(view);
  at::Tensor tensor = at::empty(view.shape, at::kFloat);
  std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
  return tensor;
}

void Parameters::retain(std::shared_ptr<const void> owner) {
  if (!sealed_) owners_.push_back(std::move(owner));
}

Parameter Parameters::make(const std::string& key, const checkpoint::TensorView& view) const {
  Parameter made{
      .view = view, .trained = rule_.trains(view.name), .master = to_tensor(view), .a = {}, .b = {}, .blended = {}};
  if (made.trained) made.master.set_requires_grad(true);
  if (rule_.adapts(view.name, view.shape)) {
    const std::int64_t rank = rule_.scope().rank;
    made.trained = true;
    made.a = random_down(key, seed_, rank, view.shape[1]).set_requires_grad(true);
    made.b = at::zeros({view.shape[0], rank}, at::kFloat).set_requires_grad(true);
  }
  return made;
}

at::Tensor Parameters::adapted(const Parameter& p) const {
  if (!p.a.defined()) return p.master;
  const double scale = rule_.scope().alpha / static_cast<double>(rule_.scope().rank);
  return at::addmm(p.master, p.b, p.a, /*beta=*/1, /*alpha=*/scale);
}

at::Tensor Parameters::value(const checkpoint::TensorView& view) {
  const std::string key = fmt::format("{}#{}", view.name, view.bytes.size());
  auto found = parameters_.find(key);
  if (found == parameters_.end()) {
    GLIMPSE_ASSERT(!sealed_);
    found = parameters_.emplace(key, make(key, view)).first;
  }
  const Parameter& p = found->second;
  return p.blended.defined() ? p.blended : adapted(p);
}

std::vector<Leaf> Parameters::leaves() const {
  std::vector<Leaf> leaves;
  for (const auto& [key, p] : parameters_) {
    const Place place = position_of(p.view.name).place;
    const bool head = place == Place::kHead || place == Place::kTemperature;
    // Thirds of a vector are vectors: the number of dimensions is the file's.
    if (p.master.requires_grad()) leaves.push_back({key, p.master, p.view.shape.size() >= 2, head});
    if (!p.a.defined()) continue;
    leaves.push_back({key + ".lora_a", p.a, true, head});
    leaves.push_back({key + ".lora_b", p.b, true, head});
  }
  return leaves;
}

at::Tensor Parameters::between(const Parameter& p, double alpha) const {
  const at::NoGradGuard no_gradients;
  const at::Tensor now = adapted(p).detach();
  return alpha == 1 ? now : at::lerp(to_tensor(p.view), now, alpha);
}

void Parameters::blend(double alpha) {
  for (auto& [key, p] : parameters_) p.blended = alpha == 1 || !p.trained ? at::Tensor() : between(p, alpha);
}

}  // namespace glimpse::autograd
