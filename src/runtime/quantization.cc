// OpenVINO's way to say int8, which its low-precision passes turn into an integer kernel: activations go through a
// FakeQuantize, weights are i8 constants that are converted and scaled. Dividing by powers of two is exact, so shifts
// move precision between channels and change nothing else. Sources: OpenVINO, "Quantization scheme" and operation
// FakeQuantize-1; Xiao et al. 2023 (SmoothQuant), sec. 4, for the shifts.
#include "runtime/quantization.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <openvino/op/constant.hpp>
#include <openvino/op/convert.hpp>
#include <openvino/op/fake_quantize.hpp>
#include <openvino/op/multiply.hpp>
#include <vector>

#include "base/assert.h"

namespace glimpse::runtime {
namespace {

using Node = ov::Output<ov::Node>;
using ov::op::v0::Constant;
using ov::op::v0::Convert;
using ov::op::v0::FakeQuantize;
using ov::op::v1::Multiply;

constexpr std::size_t kActivationLevels = 256;
constexpr float kWeightMost = 127;

Node number(float value) { return Constant::create(ov::element::f32, ov::Shape{}, {value}); }

/// x · 2^-shift, channel by channel.
Node shifted(const Node& x, std::span<const std::int8_t> shifts) {
  std::vector<float> factors;
  for (const std::int8_t shift : shifts) factors.push_back(std::ldexp(1.0f, -shift));
  return std::make_shared<Multiply>(x, Constant::create(ov::element::f32, ov::Shape{factors.size()}, factors));
}

}  // namespace

Node quantized_activation(const Node& x, const models::ActivationRange& range) {
  const float step = (range.high - range.low) / static_cast<float>(kActivationLevels - 1);
  const float zero = std::round(-range.low / step);
  const Node low = number(-zero * step);
  const Node high = number((static_cast<float>(kActivationLevels - 1) - zero) * step);
  const Node input = range.shifts.empty() ? x : shifted(x, range.shifts);
  return std::make_shared<FakeQuantize>(input, low, high, low, high, kActivationLevels);
}

Node quantized_weight(const Node& weight, std::size_t channel_axes, std::span<const std::int8_t> shifts) {
  const auto* constant = ov::as_type<const Constant>(weight.get_node());
  GLIMPSE_ASSERT(constant != nullptr);
  const ov::Shape& shape = constant->get_shape();
  ov::Shape channels(shape.size(), 1);
  std::copy_n(shape.begin(), channel_axes, channels.begin());
  const std::size_t count = ov::shape_size(channels);
  const std::size_t taps = ov::shape_size(shape) / count;
  GLIMPSE_ASSERT(shifts.empty() || shifts.size() == taps);
  const float* values = constant->get_data_ptr<float>();
  std::vector<std::int8_t> rounded(count * taps);
  std::vector<float> scales(count), row(taps);
  for (std::size_t c = 0; c < count; ++c) {
    std::copy_n(values + c * taps, taps, row.begin());
    for (std::size_t i = 0; i < shifts.size(); ++i) row[i] = std::ldexp(row[i], shifts[i]);
    float most = 0;
    for (const float x : row) most = std::max(most, std::abs(x));
    scales[c] = most > 0 ? most / kWeightMost : 1;  // A dead channel: any scale will do.
    std::ranges::transform(row, rounded.begin() + static_cast<std::ptrdiff_t>(c * taps),
                           [&](float x) { return static_cast<std::int8_t>(std::lround(x / scales[c])); });
  }
  const Node whole = std::make_shared<Convert>(Constant::create(ov::element::i8, shape, rounded), ov::element::f32);
  return std::make_shared<Multiply>(whole, Constant::create(ov::element::f32, channels, scales));
}

}  // namespace glimpse::runtime
