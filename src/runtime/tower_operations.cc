// Records a tower for one picture or one sentence, so that every shape is known, and adds up the nodes that multiply.
#include <exception>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset13.hpp>

#include "runtime/limits.h"
#include "runtime/openvino_graph.h"

namespace glimpse::runtime {
namespace {

double elements(const ov::Shape& shape) { return static_cast<double>(ov::shape_size(shape)); }

/// Multiplications for one element of a convolution's output: kernel [out, in, k, k], or [groups, out, in, k, k].
double taps(const ov::Shape& kernel, std::size_t channel_axes) {
  double product = 1;
  for (std::size_t i = channel_axes; i < kernel.size(); ++i) product *= static_cast<double>(kernel[i]);
  return product;
}

double multiplications(const ov::Node& node) {
  const auto in = [&](std::size_t i) { return node.get_input_shape(i); };
  if (const auto* matmul = ov::as_type<const ov::opset13::MatMul>(&node)) {
    const ov::Shape a = in(0);
    return elements(node.get_output_shape(0)) * static_cast<double>(a[a.size() - (matmul->get_transpose_a() ? 2 : 1)]);
  }
  if (ov::is_type<ov::opset13::Convolution>(&node)) return elements(node.get_output_shape(0)) * taps(in(1), 1);
  if (ov::is_type<ov::opset13::GroupConvolution>(&node)) return elements(node.get_output_shape(0)) * taps(in(1), 2);
  if (ov::is_type<ov::opset13::ScaledDotProductAttention>(&node)) {
    const ov::Shape keys = in(1);  // [..., keys, width]: each query meets each key, then takes from each value
    return (elements(in(0)) + elements(node.get_output_shape(0))) * static_cast<double>(keys[keys.size() - 2]);
  }
  return 0;
}

double operations(const ov::Model& model) {
  double sum = 0;
  for (const auto& node : model.get_ordered_ops()) sum += multiplications(*node);
  return 2 * sum;
}

/// The numbers of a matrix that products take from the weights, whatever is done to them on the way.
double weights_of(const ov::Node& matmul) {
  double sum = 0;
  for (const ov::Output<ov::Node>& input : matmul.input_values()) {
    const ov::Node* at = input.get_node();
    while (at->get_input_size() == 1) at = at->get_input_node_ptr(0);
    if (ov::is_type<ov::opset13::Constant>(at)) sum += elements(at->get_output_shape(0));
  }
  return sum;
}

}  // namespace

Result<double> picture_operations(const models::DualEncoder& model) try {
  const std::int64_t side = model.preprocess().crop_size;
  OpenVinoGraph graph;
  const nn::Value pixels = graph.parameter("pixels", nn::ElementType::kF32, {1, 3, side, side});
  GLIMPSE_ASSIGN_OR_RETURN(const nn::Value output, model.image_forward(graph, pixels));
  const auto recorded = graph.finish(output, "image", /*in_parts=*/false);
  return operations(*recorded.front());
} catch (const std::exception& e) {
  return Error::internal("counting the picture tower's operations: {}", e.what());
}

Result<SentenceWork> sentence_work(const models::DualEncoder& model, int tokens) try {
  if (tokens < 1) return Error::invalid_argument("a sentence's work: expected 1 token or more, got {}", tokens);
  OpenVinoGraph graph;
  const nn::Value ids = graph.parameter("ids", nn::ElementType::kI32, {1, tokens});
  GLIMPSE_ASSIGN_OR_RETURN(const nn::Value output, model.text_forward(graph, {.ids = ids, .mask = std::nullopt}));
  const auto recorded = graph.finish(output, "text", /*in_parts=*/false);
  SentenceWork work{.operations = operations(*recorded.front())};
  for (const auto& node : recorded.front()->get_ordered_ops()) {
    if (ov::is_type<ov::opset13::MatMul>(node.get())) work.weights += weights_of(*node);
  }
  return work;
} catch (const std::exception& e) {
  return Error::internal("counting the words' tower's operations: {}", e.what());
}

}  // namespace glimpse::runtime
