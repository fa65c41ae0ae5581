// OpenVINO's way to say int8: FakeQuantize nodes around a convolution's operands, which its low-precision passes turn
// into an integer kernel. Source: OpenVINO, "Quantization scheme" and operation FakeQuantize-1.
#include "runtime/quantization.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <openvino/op/constant.hpp>
#include <openvino/op/fake_quantize.hpp>
#include <vector>

#include "base/assert.h"

namespace glimpse::runtime {
namespace {

using Node = ov::Output<ov::Node>;
using ov::op::v0::Constant;
using ov::op::v0::FakeQuantize;

constexpr std::size_t kActivationLevels = 256;
constexpr std::size_t kWeightLevels = 255;

Node number(float value) { return Constant::create(ov::element::f32, ov::Shape{}, {value}); }

}  // namespace

Node quantized_activation(const Node& x, const models::ActivationRange& range) {
  const float step = (range.high - range.low) / static_cast<float>(kActivationLevels - 1);
  const float zero = std::round(-range.low / step);
  const Node low = number(-zero * step);
  const Node high = number((static_cast<float>(kActivationLevels - 1) - zero) * step);
  return std::make_shared<FakeQuantize>(x, low, high, low, high, kActivationLevels);
}

Node quantized_weight(const Node& weight, std::size_t channel_axes) {
  const auto* constant = ov::as_type<const Constant>(weight.get_node());
  GLIMPSE_ASSERT(constant != nullptr);
  const ov::Shape& shape = constant->get_shape();
  ov::Shape channels(shape.size(), 1);
  std::copy_n(shape.begin(), channel_axes, channels.begin());
  const std::size_t count = ov::shape_size(channels);
  const std::size_t taps = ov::shape_size(shape) / count;
  const float* values = constant->get_data_ptr<float>();
  std::vector<float> high(count);
  for (std::size_t c = 0; c < count; ++c) {
    for (std::size_t i = 0; i < taps; ++i) high[c] = std::max(high[c], std::abs(values[c * taps + i]));
    if (high[c] == 0) high[c] = 1;  // A dead channel: any scale will do.
  }
  std::vector<float> low(count);
  std::ranges::transform(high, low.begin(), std::negate());
  const Node from = Constant::create(ov::element::f32, channels, low);
  const Node to = Constant::create(ov::element::f32, channels, high);
  return std::make_shared<FakeQuantize>(weight, from, to, from, to, kWeightLevels);
}

}  // namespace glimpse::runtime
