#include "autograd/split_graph.h"

#include <algorithm>

#include "base/assert.h"

namespace glimpse::autograd {

using nn::Value;

Value SplitGraph::push(std::optional<Value> value) {
  values_.push_back(value);
  return {static_cast<std::uint32_t>(values_.size() - 1)};
}

Value SplitGraph::inner(Value x) const {
  GLIMPSE_ASSERT(x.id < values_.size() && values_[x.id]);
  return *values_[x.id];
}

template <typename F>
Value SplitGraph::step(StepKind kind, std::span<const Value> from, const F& run) {
  const auto id = static_cast<std::uint32_t>(values_.size());
  if (notes_ != nullptr) {
    const Value value = run();
    const bool trained = kind == StepKind::kConstant && runs_.at(value).requires_grad();
    notes_->note(kind, from, trained, runs_.shape(value));
    return push(value);
  }
  // The families' forwards are the same steps each time; anything else is a mistake of theirs.
  GLIMPSE_ASSERT(id < plan_.size() && plan_.at(id).kind == kind);
  if (part_ == Part::kFrozen) return push(plan_.in_frozen_part(id) ? std::optional(run()) : std::nullopt);
  const auto found = std::ranges::lower_bound(plan_.frontier(), id);
  if (found != plan_.frontier().end() && *found == id) {
    return push(runs_.input(kept_[static_cast<std::size_t>(found - plan_.frontier().begin())]));
  }
  return push(plan_.in_trained_part(id) ? std::optional(run()) : std::nullopt);
}

std::vector<at::Tensor> SplitGraph::frontier() {
  std::vector<at::Tensor> tensors;
  for (const std::uint32_t id : plan_.frontier()) tensors.push_back(at({id}));
  return tensors;
}

nn::Shape SplitGraph::shape(Value x) const {
  return values_[x.id] ? runs_.shape(*values_[x.id]) : plan_.at(x.id).shape;
}

Value SplitGraph::input(const at::Tensor& tensor) {
  return step(StepKind::kInput, {}, [&] { return runs_.input(tensor); });
}
Value SplitGraph::constant(const checkpoint::TensorView& tensor) {
  return step(StepKind::kConstant, {}, [&] { return runs_.constant(tensor); });
}
Value SplitGraph::constant(std::span<const float> values, const nn::Shape& dims) {
  return step(StepKind::kConstant, {}, [&] { return runs_.constant(values, dims); });
}

Value SplitGraph::add(Value a, Value b) {
  return step(StepKind::kOther, {a, b}, [&] { return runs_.add(inner(a), inner(b)); });
}
Value SplitGraph::subtract(Value a, Value b) {
  return step(StepKind::kOther, {a, b}, [&] { return runs_.subtract(inner(a), inner(b)); });
}
Value SplitGraph::multiply(Value a, Value b) {
  return step(StepKind::kOther, {a, b}, [&] { return runs_.multiply(inner(a), inner(b)); });
}
Value SplitGraph::divide(Value a, Value b) {
  return step(StepKind::kOther, {a, b}, [&] { return runs_.divide(inner(a), inner(b)); });
}
Value SplitGraph::matmul(Value a, Value b, bool transpose_b) {
  return step(StepKind::kHeavy, {a, b}, [&] { return runs_.matmul(inner(a), inner(b), transpose_b); });
}
Value SplitGraph::conv2d(Value x, Value weight, const nn::Conv2dOptions& options) {
  return step(StepKind::kHeavy, {x, weight}, [&] { return runs_.conv2d(inner(x), inner(weight), options); });
}
Value SplitGraph::activate(Value x, nn::Activation activation) {
  return step(StepKind::kOther, {x}, [&] { return runs_.activate(inner(x), activation); });
}
Value SplitGraph::normalize(Value x, float epsilon) {
  return step(StepKind::kNormalize, {x}, [&] { return runs_.normalize(inner(x), epsilon); });
}
Value SplitGraph::l2_normalize(Value x) {
  return step(StepKind::kOther, {x}, [&] { return runs_.l2_normalize(inner(x)); });
}
Value SplitGraph::softmax(Value x) {
  return step(StepKind::kOther, {x}, [&] { return runs_.softmax(inner(x)); });
}
Value SplitGraph::log_softmax(Value x) {
  return step(StepKind::kOther, {x}, [&] { return runs_.log_softmax(inner(x)); });
}
Value SplitGraph::argmax(Value x) {
  return step(StepKind::kOther, {x}, [&] { return runs_.argmax(inner(x)); });
}
Value SplitGraph::mean(Value x, std::span<const std::int64_t> axes) {
  return step(StepKind::kOther, {x}, [&] { return runs_.mean(inner(x), axes); });
}
Value SplitGraph::sum(Value x, std::span<const std::int64_t> axes) {
  return step(StepKind::kOther, {x}, [&] { return runs_.sum(inner(x), axes); });
}
Value SplitGraph::max(Value x, std::span<const std::int64_t> axes) {
  return step(StepKind::kOther, {x}, [&] { return runs_.max(inner(x), axes); });
}
Value SplitGraph::reshape(Value x, const nn::Shape& dims) {
  return step(StepKind::kOther, {x}, [&] { return runs_.reshape(inner(x), dims); });
}
Value SplitGraph::transpose(Value x, std::span<const std::int64_t> order) {
  return step(StepKind::kOther, {x}, [&] { return runs_.transpose(inner(x), order); });
}
Value SplitGraph::concat(std::span<const Value> parts, std::int64_t axis) {
  return step(StepKind::kOther, parts, [&] {
    std::vector<Value> own;
    for (const Value part : parts) own.push_back(inner(part));
    return runs_.concat(own, axis);
  });
}
Value SplitGraph::reshape_like(Value x, Value like) {
  return step(StepKind::kOther, {x, like}, [&] { return runs_.reshape_like(inner(x), inner(like)); });
}
Value SplitGraph::slice(Value x, std::int64_t axis, std::int64_t begin, std::int64_t end) {
  return step(StepKind::kOther, {x}, [&] { return runs_.slice(inner(x), axis, begin, end); });
}
Value SplitGraph::gather(Value table, Value ids) {
  return step(StepKind::kOther, {table, ids}, [&] { return runs_.gather(inner(table), inner(ids)); });
}
Value SplitGraph::first_rows(Value table, Value like, std::int64_t axis) {
  return step(StepKind::kOther, {table, like}, [&] { return runs_.first_rows(inner(table), inner(like), axis); });
}
Value SplitGraph::take_rows(Value x, Value index) {
  return step(StepKind::kOther, {x, index}, [&] { return runs_.take_rows(inner(x), inner(index)); });
}
Value SplitGraph::repeat_batch(Value x, Value like) {
  return step(StepKind::kOther, {x, like}, [&] { return runs_.repeat_batch(inner(x), inner(like)); });
}
Value SplitGraph::equals(Value ids, std::int32_t id) {
  return step(StepKind::kOther, {ids}, [&] { return runs_.equals(inner(ids), id); });
}
Value SplitGraph::attention(Value query, Value key, Value value, const nn::AttentionOptions& options) {
  std::vector<Value> from = {query, key, value};
  if (options.mask) from.push_back(*options.mask);
  return step(StepKind::kHeavy, from, [&] {
    nn::AttentionOptions own = options;
    if (own.mask) own.mask = inner(*own.mask);
    return runs_.attention(inner(query), inner(key), inner(value), own);
  });
}

}  // namespace glimpse::autograd
