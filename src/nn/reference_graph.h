#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nn/graph.h"

namespace glimpse::nn {

/// A dense array as the reference graph computes it. i32 values are held as f32, exact up to 2^24.
struct Array {
  Shape shape;
  std::vector<float> values;
};

/// Runs each operation at once, in plain loops: slow, and simple enough to be right. It is the oracle that tests hold
/// compiled graphs to; every shape is known.
class ReferenceGraph final : public Graph {
 public:
  /// An input: given at once.
  Value input(Array array);
  const Array& at(Value x) const;
  /// What mark() was called with, by name.
  const std::map<std::string, Value>& marks() const { return marks_; }

  Shape shape(Value x) const override;
  Value constant(const checkpoint::TensorView& tensor) override;
  Value constant(std::span<const float> values, const Shape& shape) override;
  void retain(std::shared_ptr<const void> owner) override;
  void mark(const std::string& name, Value x) override;
  Value add(Value a, Value b) override;
  Value subtract(Value a, Value b) override;
  Value multiply(Value a, Value b) override;
  Value divide(Value a, Value b) override;
  Value matmul(Value a, Value b, bool transpose_b) override;
  Value conv2d(Value x, Value weight, const Conv2dOptions& options) override;
  Value activate(Value x, Activation activation) override;
  Value normalize(Value x, float epsilon) override;
  Value l2_normalize(Value x) override;
  Value softmax(Value x) override;
  Value log_softmax(Value x) override;
  Value argmax(Value x) override;
  Value mean(Value x, std::span<const std::int64_t> axes) override;
  Value sum(Value x, std::span<const std::int64_t> axes) override;
  Value max(Value x, std::span<const std::int64_t> axes) override;
  Value reshape(Value x, const Shape& shape) override;
  Value reshape_like(Value x, Value like) override;
  Value transpose(Value x, std::span<const std::int64_t> order) override;
  Value concat(std::span<const Value> parts, std::int64_t axis) override;
  Value slice(Value x, std::int64_t axis, std::int64_t begin, std::int64_t end) override;
  Value gather(Value table, Value ids) override;
  Value first_rows(Value table, Value like, std::int64_t axis) override;
  Value take_rows(Value x, Value index) override;
  Value repeat_batch(Value x, Value like) override;
  Value equals(Value ids, std::int32_t id) override;
  Value attention(Value query, Value key, Value value, const AttentionOptions& options) override;

 private:
  using Binary = std::function<double(double, double)>;
  Value push(Array array);
  Value elementwise(Value a, Value b, const Binary& f);
  Value rowwise(Value x, const std::function<void(std::span<float>)>& f);
  Value reduce(Value x, std::span<const std::int64_t> axes, double start, const Binary& f, bool divide_by_count);

  std::vector<Array> arrays_;
  std::map<std::string, Value> marks_;
};

}  // namespace glimpse::nn
