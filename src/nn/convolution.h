#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/bind.h"
#include "nn/graph.h"

namespace glimpse::nn {

/// What training left of a batch normalization: each [channels].
struct BatchNorm {
  checkpoint::TensorView weight, bias, running_mean, running_var;
  float epsilon = 1e-5f;

  static BatchNorm named(const checkpoint::Weights& weights, const std::string& name, float epsilon);
};

/// A convolution without bias, then batch normalization, which is folded into its weights while the graph is built:
/// w' = w·γ/sqrt(σ²+ε), b' = β - μ·γ/sqrt(σ²+ε); a graph that learns gets w, γ and β, and keeps μ and σ². Padded as
/// TensorFlow's "same": output = ceil(input / stride), the odd pixel at the bottom and right.
struct ConvNorm {
  checkpoint::TensorView weight;  ///< [out, in/groups, kernel, kernel]
  BatchNorm norm;
  std::int64_t stride = 1;
  std::int64_t groups = 1;

  /// x [batch, in, height, width] with known height and width → [batch, out, ceil(height/stride), ceil(width/stride)].
  Value operator()(Graph& g, Value x) const;
};

/// Mobile inverted bottleneck without squeeze-and-excitation: expand 1×1, depthwise, project 1×1; ReLU6 after the first
/// two; a residual where shapes allow. Source: Sandler et al. 2018 (MobileNetV2), sec. 3; the EfficientNet-Lite
/// variant.
struct MbConv {
  std::optional<ConvNorm> expand;
  ConvNorm depthwise;
  ConvNorm project;

  Value operator()(Graph& g, Value x) const;
};

}  // namespace glimpse::nn
