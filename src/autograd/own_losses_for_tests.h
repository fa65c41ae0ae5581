#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "autograd/families_for_tests.h"
#include "autograd/learner_state.h"

// For tests only: of the losses that a family has beside telling pairs apart.
namespace glimpse::autograd {

inline std::unique_ptr<Learner::State> state_of(const std::string& model, LearnerOptions options) {
  options.threads = 1;
  auto state = open_state(opened(model), options);
  if (!state) throw std::runtime_error(state.error().message());
  return *std::move(state);
}

/// The square of each file tensor's gradient, thirds of one tensor added up. prefix: what the file's names have before
/// the reference's.
inline std::map<std::string, double> squares(const Learner::State& s, const std::string& prefix = "") {
  std::map<std::string, double> found;
  for (const auto& [key, parameter] : s.parameters.all()) {
    const at::Tensor& gradient = parameter.master.grad();
    const std::string name = parameter.view.name.substr(prefix.size());
    if (gradient.defined()) found[name] += gradient.square().sum().item<double>();
  }
  return found;
}

/// The gradients of the tensors of those names are the reference's, value by value.
inline void expect_gradients(const Learner::State& s, const models::Goldens& goldens,
                             const std::set<std::string>& names, const std::string& prefix = "") {
  for (const auto& [key, parameter] : s.parameters.all()) {
    const std::string name = parameter.view.name.substr(prefix.size());
    if (!names.contains(name)) continue;
    const at::Tensor dense = parameter.master.grad().contiguous();
    const std::vector<float> got(dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel());
    EXPECT_LT(models::greatest_difference(got, goldens.at("values/" + name)), 1e-4) << name;
  }
}

}  // namespace glimpse::autograd
