#include "nn/convolution.h"

#include <algorithm>
#include <cmath>

namespace glimpse::nn {
namespace {

struct Folded {
  std::vector<float> weight, bias;
};

Folded fold(const checkpoint::TensorView& weight, const BatchNorm& norm) {
  Folded folded{.weight = checkpoint::to_f32(weight), .bias = checkpoint::to_f32(norm.bias)};
  const std::vector<float> gamma = checkpoint::to_f32(norm.weight);
  const std::vector<float> mean = checkpoint::to_f32(norm.running_mean);
  const std::vector<float> variance = checkpoint::to_f32(norm.running_var);
  const std::size_t channels = folded.bias.size();
  const std::size_t taps = folded.weight.size() / channels;
  for (std::size_t c = 0; c < channels; ++c) {
    const double factor = gamma[c] / std::sqrt(static_cast<double>(variance[c]) + norm.epsilon);
    for (std::size_t i = c * taps; i < (c + 1) * taps; ++i) {
      folded.weight[i] = static_cast<float>(folded.weight[i] * factor);
    }
    folded.bias[c] = static_cast<float>(folded.bias[c] - mean[c] * factor);
  }
  return folded;
}

struct WeightAndBias {
  Value weight, bias;
};

WeightAndBias folded(Graph& g, const checkpoint::TensorView& weight, const BatchNorm& norm) {
  const Folded values = fold(weight, norm);
  return {g.constant(values.weight, weight.shape), g.constant(values.bias, {1, weight.shape[0], 1, 1})};
}

/// The same as operations on the tensors themselves, but for the statistics, which stay as training left them.
WeightAndBias learning(Graph& g, const checkpoint::TensorView& weight, const BatchNorm& norm) {
  const std::vector<float> mean = checkpoint::to_f32(norm.running_mean);
  std::vector<float> factor = checkpoint::to_f32(norm.running_var);
  for (float& v : factor) v = static_cast<float>(1 / std::sqrt(static_cast<double>(v) + norm.epsilon));
  const auto channels = static_cast<std::int64_t>(factor.size());
  const Value gamma = g.multiply(g.constant(norm.weight), g.constant(factor, {channels}));  // γ/sqrt(σ²+ε)
  const Value bias = g.subtract(g.constant(norm.bias), g.multiply(gamma, g.constant(mean, {channels})));
  return {g.multiply(g.constant(weight), g.reshape(gamma, {-1, 1, 1, 1})), g.reshape(bias, {1, -1, 1, 1})};
}

struct Padding {
  std::int64_t before = 0, after = 0;
};

Padding same_padding(std::int64_t size, std::int64_t kernel, std::int64_t stride) {
  const std::int64_t out = (size + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>((out - 1) * stride + kernel - size, 0);
  return {.before = total / 2, .after = total - total / 2};
}

}  // namespace

BatchNorm BatchNorm::named(const checkpoint::Weights& weights, const std::string& name, float epsilon) {
  return {.weight = weights.at(name + ".weight"),
          .bias = weights.at(name + ".bias"),
          .running_mean = weights.at(name + ".running_mean"),
          .running_var = weights.at(name + ".running_var"),
          .epsilon = epsilon};
}

Value ConvNorm::operator()(Graph& g, Value x) const {
  const auto [w, b] = g.learns() ? learning(g, weight, norm) : folded(g, weight, norm);
  const Shape in = g.shape(x);
  const Padding rows = same_padding(in[2], weight.shape[2], stride);
  const Padding columns = same_padding(in[3], weight.shape[3], stride);
  const Value y = g.conv2d(x, w,
                           {.stride = stride,
                            .pad_top = rows.before,
                            .pad_left = columns.before,
                            .pad_bottom = rows.after,
                            .pad_right = columns.after,
                            .groups = groups});
  return g.add(y, b);
}

Value MbConv::operator()(Graph& g, Value x) const {
  Value y = x;
  if (expand) y = g.activate((*expand)(g, y), Activation::kRelu6);
  y = g.activate(depthwise(g, y), Activation::kRelu6);
  y = project(g, y);
  const bool residual = depthwise.stride == 1 && project.weight.shape[0] == g.shape(x)[1];
  return residual ? g.add(y, x) : y;
}

}  // namespace glimpse::nn
