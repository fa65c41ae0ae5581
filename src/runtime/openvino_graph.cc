// Each operation of nn::Graph as one or a few nodes of OpenVINO's opset, chosen so that the CPU plugin recognizes and
// fuses them: MVN for normalization, Swish for quick GELU, Clamp for ReLU6, ScaledDotProductAttention,
// GroupConvolution. Weights become Constants that share the checkpoint's mapped memory; nothing is copied before the
// plugin packs it. Source: OpenVINO operation sets, opset 13.
#include "runtime/openvino_graph.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <openvino/core/model.hpp>
#include <openvino/op/ops.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "runtime/quantization.h"

namespace glimpse::runtime {
namespace {

using nn::Value;
using Node = ov::Output<ov::Node>;
namespace op = ov::op;

Node ids(const std::vector<std::int64_t>& values) {
  return op::v0::Constant::create(ov::element::i64, ov::Shape{values.size()}, values);
}
Node id(std::int64_t value) { return op::v0::Constant::create(ov::element::i64, ov::Shape{}, {value}); }
Node number(float value) { return op::v0::Constant::create(ov::element::f32, ov::Shape{}, {value}); }

ov::Shape ov_shape(const nn::Shape& shape) { return {shape.begin(), shape.end()}; }

bool is_dense_f32(const checkpoint::TensorView& tensor) {
  if (tensor.dtype != checkpoint::DType::kF32) return false;
  if (reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) % alignof(float) != 0) return false;
  std::int64_t stride = 1;
  for (std::size_t i = tensor.shape.size(); i-- > 0; stride *= tensor.shape[i]) {
    if (tensor.shape[i] != 1 && tensor.strides[i] != stride) return false;
  }
  return true;
}

/// The sizes of some dimensions of x while it runs: i64 [dims.size()].
Node sizes(const Node& x, const std::vector<std::int64_t>& dims) {
  return std::make_shared<op::v8::Gather>(std::make_shared<op::v3::ShapeOf>(x), ids(dims), id(0));
}

bool in_int8(const std::vector<models::ActivationRange>& ranges, std::size_t number) {
  return number < ranges.size() && !ranges[number].precise;
}

}  // namespace

struct OpenVinoGraph::State {
  using Owners = std::vector<std::shared_ptr<const void>>;
  std::vector<Node> nodes;
  ov::ParameterVector parameters;
  models::ActivationRanges ranges;
  std::vector<Rounded> convolutions, linears;
  std::vector<Node> rounded_inputs;  ///< Of the linears: the nodes that their layers share.
  bool wrong_width = false;          ///< A range had shifts for another number of channels.
  std::optional<Value> precise;
  std::shared_ptr<Owners> owners = std::make_shared<Owners>();  ///< Shared with every constant that reads its memory.

  Value push(Node node) {
    nodes.push_back(std::move(node));
    return {static_cast<std::uint32_t>(nodes.size() - 1)};
  }
  const Node& at(Value x) const {
    GLIMPSE_ASSERT(x.id < nodes.size());
    return nodes[x.id];
  }
  template <typename Op, typename... Args>
  Value make(Args&&... args) {
    return push(std::make_shared<Op>(std::forward<Args>(args)...));
  }
  std::int64_t rank(Value x) const { return at(x).get_partial_shape().rank().get_length(); }
  const op::v0::Constant* as_constant(Value x) const { return ov::as_type<op::v0::Constant>(at(x).get_node()); }

  /// The number among `linears` of the input x, which is added when it is new.
  std::size_t linear_number(Value x) {
    const auto known = std::ranges::find(linears, x.id, [](const Rounded& linear) { return linear.input.id; });
    const auto number = static_cast<std::size_t>(known - linears.begin());
    if (known != linears.end()) return number;
    linears.push_back({.input = x, .weights = {}, .outputs = {}});
    const auto width = static_cast<std::size_t>(at(x).get_partial_shape()[2].get_length());
    if (number < ranges.linears.size() && !ranges.linears[number].shifts.empty() &&
        ranges.linears[number].shifts.size() != width) {
      wrong_width = ranges.linears[number].precise = true;
    }
    rounded_inputs.push_back(in_int8(ranges.linears, number) ? quantized_activation(at(x), ranges.linears[number])
                                                             : at(x));
    return number;
  }
};

OpenVinoGraph::OpenVinoGraph(models::ActivationRanges ranges) : state_(std::make_unique<State>()) {
  state_->ranges = std::move(ranges);
}
OpenVinoGraph::~OpenVinoGraph() = default;

Value OpenVinoGraph::parameter(const std::string& name, nn::ElementType type, const nn::Shape& shape) {
  const ov::PartialShape dims(std::vector<ov::Dimension>(shape.begin(), shape.end()));
  auto node =
      std::make_shared<op::v0::Parameter>(type == nn::ElementType::kF32 ? ov::element::f32 : ov::element::i32, dims);
  node->set_friendly_name(name);
  node->output(0).set_names({name});
  state_->parameters.push_back(node);
  return state_->push(node);
}

std::vector<std::shared_ptr<ov::Model>> OpenVinoGraph::finish(Value output, const std::string& name, bool in_parts) {
  const auto model = [&](const Node& from, const ov::ParameterVector& parameters) {
    return std::make_shared<ov::Model>(ov::ResultVector{std::make_shared<op::v0::Result>(from)}, parameters, name);
  };
  if (!in_parts || !state_->precise) return {model(state_->at(output), state_->parameters)};
  Node cut = state_->at(*state_->precise);
  auto rest = std::make_shared<op::v0::Parameter>(cut.get_element_type(), cut.get_partial_shape());
  for (ov::Input<ov::Node> consumer : cut.get_target_inputs()) consumer.replace_source_output(rest);
  return {model(cut, state_->parameters), model(state_->at(output), {rest})};
}

std::shared_ptr<ov::Model> OpenVinoGraph::finish(std::span<const Value> outputs, const std::string& name) {
  ov::ResultVector results;
  for (const Value output : outputs) results.push_back(std::make_shared<op::v0::Result>(state_->at(output)));
  return std::make_shared<ov::Model>(results, state_->parameters, name);
}

const std::vector<OpenVinoGraph::Rounded>& OpenVinoGraph::convolutions() const { return state_->convolutions; }
const std::vector<OpenVinoGraph::Rounded>& OpenVinoGraph::linears() const { return state_->linears; }

bool OpenVinoGraph::ranges_fit() const {
  const models::ActivationRanges& ranges = state_->ranges;
  return ranges.empty() || (!state_->wrong_width && ranges.convolutions.size() == state_->convolutions.size() &&
                            ranges.linears.size() == state_->linears.size());
}

std::span<const float> OpenVinoGraph::values(Value constant) const {
  const op::v0::Constant* node = state_->as_constant(constant);
  GLIMPSE_ASSERT(node != nullptr);
  return {node->get_data_ptr<float>(), ov::shape_size(node->get_shape())};
}

nn::Shape OpenVinoGraph::shape(Value x) const {
  nn::Shape dims;
  for (const ov::Dimension& d : state_->at(x).get_partial_shape()) {
    dims.push_back(d.is_static() ? d.get_length() : nn::kDynamic);
  }
  return dims;
}

Value OpenVinoGraph::constant(const checkpoint::TensorView& tensor) {
  if (!is_dense_f32(tensor)) return constant(checkpoint::to_f32(tensor), tensor.shape);
  return state_->make<op::v0::Constant>(ov::element::f32, ov_shape(tensor.shape), tensor.bytes.data(), state_->owners);
}

Value OpenVinoGraph::constant(std::span<const float> values, const nn::Shape& shape) {
  GLIMPSE_ASSERT(static_cast<std::int64_t>(values.size()) == checkpoint::element_count(shape));
  return state_->make<op::v0::Constant>(ov::element::f32, ov_shape(shape), values.data());
}

void OpenVinoGraph::keep_precise(Value x) { state_->precise = x; }
void OpenVinoGraph::retain(std::shared_ptr<const void> owner) { state_->owners->push_back(std::move(owner)); }

Value OpenVinoGraph::add(Value a, Value b) { return state_->make<op::v1::Add>(state_->at(a), state_->at(b)); }
Value OpenVinoGraph::subtract(Value a, Value b) { return state_->make<op::v1::Subtract>(state_->at(a), state_->at(b)); }
Value OpenVinoGraph::multiply(Value a, Value b) { return state_->make<op::v1::Multiply>(state_->at(a), state_->at(b)); }
Value OpenVinoGraph::divide(Value a, Value b) { return state_->make<op::v1::Divide>(state_->at(a), state_->at(b)); }

Value OpenVinoGraph::matmul(Value a, Value b, bool transpose_b) {
  if (transpose_b && state_->rank(a) == 3 && state_->rank(b) == 2 && state_->as_constant(b)) return linear(a, b);
  return state_->make<op::v0::MatMul>(state_->at(a), state_->at(b), false, transpose_b);
}

Value OpenVinoGraph::linear(Value x, Value weight) {
  const std::size_t number = state_->linear_number(x);
  Node matrix = state_->at(weight);
  if (in_int8(state_->ranges.linears, number)) {
    matrix = quantized_weight(matrix, 1, state_->ranges.linears[number].shifts);
  }
  const Value y = state_->make<op::v0::MatMul>(state_->rounded_inputs[number], matrix, false, true);
  state_->linears[number].weights.push_back(weight);
  state_->linears[number].outputs.push_back(y);
  return y;
}

Value OpenVinoGraph::conv2d(Value x, Value weight, const nn::Conv2dOptions& o) {
  const std::size_t number = state_->convolutions.size();
  Node input = state_->at(x);
  Node kernel = state_->at(o.groups == 1 ? weight : grouped(weight, o.groups));
  if (in_int8(state_->ranges.convolutions, number)) {
    input = quantized_activation(input, state_->ranges.convolutions[number]);
    kernel = quantized_weight(kernel, o.groups == 1 ? 1 : 2);
  }
  const ov::Strides strides(2, static_cast<std::size_t>(o.stride));
  const ov::CoordinateDiff begin = {o.pad_top, o.pad_left};
  const ov::CoordinateDiff end = {o.pad_bottom, o.pad_right};
  const ov::Strides dilations(2, 1);
  const Value y = o.groups == 1 ? state_->make<op::v1::Convolution>(input, kernel, strides, begin, end, dilations)
                                : state_->make<op::v1::GroupConvolution>(input, kernel, strides, begin, end, dilations);
  state_->convolutions.push_back({.input = x, .weights = {weight}, .outputs = {y}});
  return y;
}

Value OpenVinoGraph::grouped(Value weight, std::int64_t groups) {
  const nn::Shape w = shape(weight);  // [out, in/groups, k, k] → [groups, out/groups, in/groups, k, k]
  const nn::Shape split = {groups, w[0] / groups, w[1], w[2], w[3]};
  if (const auto* fixed = state_->as_constant(weight)) {
    return state_->make<op::v0::Constant>(*fixed, ov_shape(split));
  }
  return reshape(weight, split);
}

Value OpenVinoGraph::activate(Value x, nn::Activation activation) {
  const Node in = state_->at(x);
  switch (activation) {
    case nn::Activation::kRelu:
      return state_->make<op::v0::Relu>(in);
    case nn::Activation::kRelu6:
      return state_->make<op::v0::Clamp>(in, 0.0, 6.0);
    case nn::Activation::kSigmoid:
      return state_->make<op::v0::Sigmoid>(in);
    case nn::Activation::kTanh:
      return state_->make<op::v0::Tanh>(in);
    case nn::Activation::kGelu:
      return state_->make<op::v7::Gelu>(in, op::GeluApproximationMode::ERF);
    case nn::Activation::kGeluTanh:
      return state_->make<op::v7::Gelu>(in, op::GeluApproximationMode::TANH);
    case nn::Activation::kQuickGelu:
      return state_->make<op::v4::Swish>(in, number(1.702f));
  }
  __builtin_unreachable();
}

Value OpenVinoGraph::normalize(Value x, float epsilon) {
  return state_->make<op::v6::MVN>(state_->at(x), ids({-1}), true, epsilon, op::MVNEpsMode::INSIDE_SQRT);
}

Value OpenVinoGraph::l2_normalize(Value x) {
  const Node squared = std::make_shared<op::v1::ReduceSum>(
      std::make_shared<op::v1::Multiply>(state_->at(x), state_->at(x)), ids({-1}), true);
  const Node length = std::make_shared<op::v0::Sqrt>(std::make_shared<op::v1::Maximum>(squared, number(1e-24f)));
  return state_->make<op::v1::Divide>(state_->at(x), length);
}

Value OpenVinoGraph::softmax(Value x) { return state_->make<op::v8::Softmax>(state_->at(x), -1); }
Value OpenVinoGraph::log_softmax(Value x) { return state_->make<op::v5::LogSoftmax>(state_->at(x), -1); }

Value OpenVinoGraph::argmax(Value x) {
  auto top = std::make_shared<op::v11::TopK>(state_->at(x), id(1), -1, op::TopKMode::MAX, op::TopKSortType::SORT_VALUES,
                                             ov::element::i32, /*stable=*/true);
  return state_->make<op::v0::Squeeze>(top->output(1), ids({-1}));
}

Value OpenVinoGraph::mean(Value x, std::span<const std::int64_t> axes) {
  return state_->make<op::v1::ReduceMean>(state_->at(x), ids({axes.begin(), axes.end()}), false);
}
Value OpenVinoGraph::sum(Value x, std::span<const std::int64_t> axes) {
  return state_->make<op::v1::ReduceSum>(state_->at(x), ids({axes.begin(), axes.end()}), false);
}
Value OpenVinoGraph::max(Value x, std::span<const std::int64_t> axes) {
  return state_->make<op::v1::ReduceMax>(state_->at(x), ids({axes.begin(), axes.end()}), false);
}

Value OpenVinoGraph::reshape(Value x, const nn::Shape& shape) {
  return state_->make<op::v1::Reshape>(state_->at(x), ids(shape), /*special_zero=*/true);
}

Value OpenVinoGraph::reshape_like(Value x, Value like) {
  return state_->make<op::v1::Reshape>(state_->at(x), std::make_shared<op::v3::ShapeOf>(state_->at(like)), false);
}

Value OpenVinoGraph::transpose(Value x, std::span<const std::int64_t> order) {
  return state_->make<op::v1::Transpose>(state_->at(x), ids({order.begin(), order.end()}));
}

Value OpenVinoGraph::concat(std::span<const Value> parts, std::int64_t axis) {
  ov::OutputVector inputs;
  for (const Value part : parts) inputs.push_back(state_->at(part));
  return state_->make<op::v0::Concat>(inputs, axis);
}

Value OpenVinoGraph::slice(Value x, std::int64_t axis, std::int64_t begin, std::int64_t end) {
  return state_->make<op::v8::Slice>(state_->at(x), ids({begin}), ids({end}), ids({1}), ids({axis}));
}

Value OpenVinoGraph::gather(Value table, Value rows) {
  return state_->make<op::v8::Gather>(state_->at(table), state_->at(rows), id(0));
}

Value OpenVinoGraph::first_rows(Value table, Value like, std::int64_t axis) {
  const std::int64_t from_front = axis < 0 ? axis + state_->rank(like) : axis;
  return state_->make<op::v8::Slice>(state_->at(table), ids({0}), sizes(state_->at(like), {from_front}), ids({1}),
                                     ids({0}));
}

Value OpenVinoGraph::take_rows(Value x, Value index) {
  const Node column = std::make_shared<op::v0::Unsqueeze>(state_->at(index), ids({1}));  // [B, 1]
  return state_->make<op::v8::GatherND>(state_->at(x), column, /*batch_dims=*/1);
}

Value OpenVinoGraph::repeat_batch(Value x, Value like) {
  std::vector<std::int64_t> rest(static_cast<std::size_t>(state_->rank(x) - 1), 1);
  const Node target = std::make_shared<op::v0::Concat>(ov::OutputVector{sizes(state_->at(like), {0}), ids(rest)}, 0);
  return state_->make<op::v3::Broadcast>(state_->at(x), target, op::BroadcastType::BIDIRECTIONAL);
}

Value OpenVinoGraph::equals(Value x, std::int32_t wanted) {
  const Node target = op::v0::Constant::create(ov::element::i32, ov::Shape{}, {wanted});
  return state_->make<op::v0::Convert>(std::make_shared<op::v1::Equal>(state_->at(x), target), ov::element::i32);
}

Value OpenVinoGraph::attention(Value query, Value key, Value value, const nn::AttentionOptions& options) {
  GLIMPSE_ASSERT(!options.mask || !options.causal);
  const Node q = state_->at(query);
  const Node k = state_->at(key);
  const Node v = state_->at(value);
  if (options.mask) {
    return state_->make<op::v13::ScaledDotProductAttention>(q, k, v, state_->at(*options.mask), false);
  }
  return state_->make<op::v13::ScaledDotProductAttention>(q, k, v, options.causal);
}

}  // namespace glimpse::runtime
