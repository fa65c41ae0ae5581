#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "checkpoint/bind.h"
#include "models/config_reader.h"
#include "nn/convolution.h"
#include "nn/graph.h"
#include "nn/layers.h"

namespace glimpse::models {

/// EfficientNet-Lite, a picture classifier without squeeze-and-excitation and with ReLU6. Sizes follow from two
/// factors; stem and head are not scaled. Source: Tan, Le 2019, and the lite variant of its TensorFlow repository.
struct EfficientNetLiteConfig {
  double width_coefficient = 1;
  double depth_coefficient = 1;
  std::int64_t image_size = 224;
  std::int64_t stem_width = 32;
  std::int64_t head_width = 1280;
  std::int64_t classes = 1000;
};

/// Reads `prefix`.variant ("lite0" to "lite4"), or the fields of EfficientNetLiteConfig by their names.
EfficientNetLiteConfig read_efficientnet_lite(ConfigReader& config, const std::string& prefix);

std::vector<checkpoint::TensorSpec> tensor_specs(const EfficientNetLiteConfig& config);

/// How many features EfficientNetLite::Output::stages has.
std::int64_t stages_width(const EfficientNetLiteConfig& config);

class EfficientNetLite {
 public:
  EfficientNetLite(const EfficientNetLiteConfig& config, const checkpoint::Weights& weights);

  struct Output {
    nn::Value pooled;  ///< [batch, head_width]
    nn::Value logits;  ///< [batch, classes]
    nn::Value stages;  ///< [batch, stages_width]: what the last four stages give, each channel's mean over the picture.
  };
  /// pixels [batch, 3, image_size, image_size]
  Output forward(nn::Graph& g, nn::Value pixels) const;

 private:
  nn::ConvNorm stem_;
  std::vector<nn::MbConv> blocks_;
  std::vector<bool> read_out_;  ///< Of each block: whether it ends one of the last four stages.
  nn::ConvNorm head_;
  nn::Linear classifier_;
};

}  // namespace glimpse::models
