// The operations that move values about.
#include "autograd/torch_graph.h"

namespace glimpse::autograd {

using nn::Value;

Value TorchGraph::reshape(Value x, const nn::Shape& dims) {
  const at::Tensor in = at(x);
  nn::Shape wanted = dims;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == 0) wanted[i] = in.size(static_cast<std::int64_t>(i));
  }
  return push(in.reshape(wanted));
}

Value TorchGraph::reshape_like(Value x, Value like) { return push(at(x).reshape(node(like).shape)); }

Value TorchGraph::transpose(Value x, std::span<const std::int64_t> order) {
  return push(at(x).permute(at::IntArrayRef(order.data(), order.size())));
}

Value TorchGraph::concat(std::span<const Value> parts, std::int64_t axis) {
  std::vector<at::Tensor> tensors;
  for (const Value part : parts) tensors.push_back(f32(part));
  return push(at::cat(tensors, axis));
}

Value TorchGraph::slice(Value x, std::int64_t axis, std::int64_t begin, std::int64_t end) {
  return push(at(x).slice(axis, begin, end));
}

Value TorchGraph::gather(Value table, Value ids) {
  const at::Tensor rows = at(table);
  return push(at::embedding(rows, at(ids)));
}

Value TorchGraph::first_rows(Value table, Value like, std::int64_t axis) {
  const auto& dims = node(like).shape;
  const auto along = axis < 0 ? axis + static_cast<std::int64_t>(dims.size()) : axis;
  return push(at(table).slice(0, 0, dims[static_cast<std::size_t>(along)]));
}

Value TorchGraph::take_rows(Value x, Value index) {
  const at::Tensor in = at(x);  // [B, T, W]
  const at::Tensor first = at::arange(in.size(0), at::kLong) * in.size(1);
  return push(in.reshape({-1, in.size(2)}).index_select(0, first + at(index)));
}

Value TorchGraph::repeat_batch(Value x, Value like) {
  nn::Shape dims = node(x).shape;
  dims[0] = node(like).shape[0];
  return push(at(x).expand(dims));
}

Value TorchGraph::equals(Value ids, std::int32_t id) { return push(at(ids).eq(id).to(at::kLong)); }

}  // namespace glimpse::autograd
