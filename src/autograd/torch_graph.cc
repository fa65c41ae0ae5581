// Each operation of nn::Graph as one of libtorch's, run at once. The two that wait for what follows (see Node) come out
// as at::linear with its bias and at::layer_norm with scale and shift, which are faster forward and back.
#include "autograd/torch_graph.h"

#include "autograd/quick_gelu.h"
#include "base/assert.h"

namespace glimpse::autograd {

using nn::Value;

Value TorchGraph::push(at::Tensor tensor) {
  return push(Node{.tensor = std::move(tensor), .x = {}, .weight = {}, .shape = {}});
}

Value TorchGraph::push(Node made) {
  if (made.tensor.defined()) made.shape = made.tensor.sizes().vec();
  nodes_.push_back(std::move(made));
  return {static_cast<std::uint32_t>(nodes_.size() - 1)};
}

const TorchGraph::Node& TorchGraph::node(Value x) const {
  GLIMPSE_ASSERT(x.id < nodes_.size());
  return nodes_[x.id];
}

nn::Shape TorchGraph::shape(Value x) const { return node(x).shape; }

at::Tensor TorchGraph::at(Value x) {
  Node& n = nodes_[x.id];
  if (n.tensor.defined()) return n.tensor;
  n.tensor =
      n.waits == Node::Waits::kLinear ? linear(n, {}) : at::layer_norm(n.x, n.shape.back(), n.weight, {}, n.epsilon);
  n.x = n.weight = at::Tensor();
  n.waits = Node::Waits::kNot;
  return n.tensor;
}

at::Tensor TorchGraph::lowered(const at::Tensor& x) const {
  return bf16_ && x.scalar_type() == at::kFloat ? x.to(at::kBFloat16) : x;
}

at::Tensor TorchGraph::f32(Value x) {
  at::Tensor tensor = at(x);
  return tensor.scalar_type() == at::kBFloat16 ? tensor.to(at::kFloat) : tensor;
}

Value TorchGraph::constant(const checkpoint::TensorView& tensor) { return push(parameters_.value(tensor)); }

Value TorchGraph::constant(std::span<const float> values, const nn::Shape& dims) {
  at::Tensor tensor = at::empty(dims, at::kFloat);
  GLIMPSE_ASSERT(tensor.numel() == static_cast<std::int64_t>(values.size()));
  std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
  return push(std::move(tensor));
}

void TorchGraph::mark(const std::string& name, Value x) {
  if (keeps_marks_) marks_.insert_or_assign(name, x);
}

at::Tensor TorchGraph::linear(const Node& product, const at::Tensor& bias) const {
  return at::linear(lowered(product.x), lowered(product.weight), bias.defined() ? lowered(bias) : bias);
}

Value TorchGraph::add(Value a, Value b) {
  const bool vector = node(b).shape.size() == 1 && !node(a).shape.empty() && node(b).shape[0] == node(a).shape.back();
  if (vector && node(a).waits == Node::Waits::kLinear) return push(linear(node(a), at(b)));
  if (vector && node(a).waits == Node::Waits::kNorm && node(a).weight.defined()) {
    return push(at::layer_norm(node(a).x, node(a).shape.back(), node(a).weight, at(b), node(a).epsilon));
  }
  const at::Tensor left = at(a);
  return push(left + at(b));
}

Value TorchGraph::subtract(Value a, Value b) {
  const at::Tensor left = at(a);
  return push(left - at(b));
}

Value TorchGraph::multiply(Value a, Value b) {
  const bool scale = node(b).shape.size() == 1 && node(b).shape[0] == node(a).shape.back();
  if (scale && node(a).waits == Node::Waits::kNorm && !node(a).weight.defined()) {
    Node scaled = node(a);
    scaled.weight = at(b);
    return push(std::move(scaled));
  }
  const at::Tensor left = at(a);
  return push(left * at(b));
}

Value TorchGraph::divide(Value a, Value b) {
  const at::Tensor left = at(a);
  return push(left / at(b));
}

Value TorchGraph::matmul(Value a, Value b, bool transpose_b) {
  const at::Tensor left = at(a);
  const at::Tensor right = at(b);
  if (transpose_b && right.dim() == 2) {
    nn::Shape dims = node(a).shape;
    dims.back() = right.size(0);
    return push(
        Node{.tensor = {}, .waits = Node::Waits::kLinear, .x = left, .weight = right, .shape = std::move(dims)});
  }
  return push(at::matmul(lowered(left), lowered(transpose_b ? right.transpose(-2, -1) : right)));
}

Value TorchGraph::conv2d(Value x, Value weight, const nn::Conv2dOptions& o) {
  at::Tensor in = lowered(at(x));
  const at::Tensor w = lowered(at(weight));
  const bool even = o.pad_top == o.pad_bottom && o.pad_left == o.pad_right;
  if (!even) in = at::constant_pad_nd(in, {o.pad_left, o.pad_right, o.pad_top, o.pad_bottom}, 0);
  const std::array<std::int64_t, 2> pad = {even ? o.pad_top : 0, even ? o.pad_left : 0};
  return push(at::conv2d(in, w, {}, {o.stride, o.stride}, pad, {1, 1}, o.groups));
}

Value TorchGraph::activate(Value x, nn::Activation activation) {
  const at::Tensor in = at(x);
  switch (activation) {
    case nn::Activation::kRelu:
      return push(at::relu(in));
    case nn::Activation::kRelu6:
      return push(at::hardtanh(in, 0, 6));
    case nn::Activation::kSigmoid:
      return push(at::sigmoid(in));
    case nn::Activation::kTanh:
      return push(at::tanh(in));
    case nn::Activation::kGelu:
      return push(at::gelu(in));
    case nn::Activation::kGeluTanh:
      return push(at::gelu(in, "tanh"));
    case nn::Activation::kQuickGelu:
      return push(quick_gelu(in));
  }
  __builtin_unreachable();
}

Value TorchGraph::normalize(Value x, float epsilon) {
  return push(Node{.tensor = {},
                   .waits = Node::Waits::kNorm,
                   .x = f32(x),
                   .weight = {},
                   .epsilon = epsilon,
                   .shape = node(x).shape});
}

Value TorchGraph::l2_normalize(Value x) {
  const at::Tensor in = f32(x);
  return push(in / at::linalg_vector_norm(in, 2, at::IntArrayRef{-1}, /*keepdim=*/true).clamp_min(1e-12));
}

Value TorchGraph::softmax(Value x) { return push(at::softmax(f32(x), -1)); }
Value TorchGraph::log_softmax(Value x) { return push(at::log_softmax(f32(x), -1)); }
Value TorchGraph::argmax(Value x) { return push(at::argmax(at(x), -1)); }

Value TorchGraph::mean(Value x, std::span<const std::int64_t> axes) {
  return push(at::mean(f32(x), at::IntArrayRef(axes.data(), axes.size())));
}
Value TorchGraph::sum(Value x, std::span<const std::int64_t> axes) {
  return push(at::sum(f32(x), at::IntArrayRef(axes.data(), axes.size())));
}
Value TorchGraph::max(Value x, std::span<const std::int64_t> axes) {
  return push(at::amax(at(x), at::IntArrayRef(axes.data(), axes.size())));
}

Value TorchGraph::attention(Value query, Value key, Value value, const nn::AttentionOptions& options) {
  const at::Tensor q = lowered(at(query)), k = lowered(at(key)), v = lowered(at(value));
  at::Tensor mask = options.mask ? lowered(at(*options.mask)) : at::Tensor();
#if TORCH_VERSION_MAJOR >= 2
  if (!mask.defined()) return push(at::scaled_dot_product_attention(q, k, v, {}, 0.0, options.causal));
  return push(at::scaled_dot_product_attention(q, k, v, mask));
#else
  if (options.causal) {
    mask = at::full({q.size(2), k.size(2)}, -std::numeric_limits<float>::infinity(), q.options()).triu_(1);
  }
  const auto joined = [](const at::Tensor& x) { return x.reshape({-1, x.size(2), x.size(3)}); };  // [B·H, T, D]
  const double scale = 1 / std::sqrt(static_cast<double>(q.size(3)));
  const at::Tensor keys = joined(k).transpose(1, 2);
  at::Tensor scores;
  if (mask.defined()) {
    const at::Tensor hidden = joined(mask.expand({q.size(0), q.size(1), q.size(2), k.size(2)}));
    scores = at::baddbmm(hidden, joined(q), keys, /*beta=*/1, scale);
  } else {
    scores = at::bmm(joined(q) * scale, keys);
  }
  return push(at::bmm(at::softmax(scores, -1), joined(v)).reshape(q.sizes()));
#endif
}

}  // namespace glimpse::autograd
