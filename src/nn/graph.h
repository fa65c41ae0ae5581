#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace glimpse::nn {

using Shape = checkpoint::Shape;

/// A dimension that is known only when the graph runs: the batch, the number of tokens.
inline constexpr std::int64_t kDynamic = -1;

/// A tensor inside one Graph. Cheap to copy; means nothing to another graph.
struct Value {
  std::uint32_t id = 0;
};

enum class ElementType { kF32, kI32 };

enum class Activation {
  kRelu,
  kRelu6,
  kSigmoid,
  kTanh,
  kGelu,      ///< x·Φ(x), with erf.
  kGeluTanh,  ///< The tanh approximation of GELU.
  kQuickGelu  ///< x·sigmoid(1.702·x), as the first CLIP models were trained.
};

struct Conv2dOptions {
  std::int64_t stride = 1;
  std::int64_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  std::int64_t groups = 1;
};

struct AttentionOptions {
  std::optional<Value> mask;  ///< Added to the scores; broadcast to [batch, heads, tokens, tokens].
  bool causal = false;        ///< Token i sees tokens 0 to i only. Not together with a mask.
};

/// The operations that a model's forward is written in. A model is written once against this class; an implementation
/// either records the operations and compiles them (runtime/openvino_graph.h) or runs them at once
/// (nn/reference_graph.h, and the trainer's graph with gradients).
///
/// Everything is f32 and row-major but token ids, which are i32. Binary operations broadcast as NumPy does.
/// Axes may be negative, counted from the last. Shapes that do not fit are mistakes of the model's code, not of its
/// input (weights and configuration are checked before a forward is built): an implementation may abort or throw its
/// own exception, which the owner of the graph turns into an Error. Not thread-safe.
class Graph {
 public:
  virtual ~Graph() = default;

  /// The shape as far as it is known while building; kDynamic elsewhere.
  virtual Shape shape(Value x) const = 0;

  // Where values come from.

  /// A tensor of a checkpoint. Not copied when it is dense f32; see retain().
  virtual Value constant(const checkpoint::TensorView& tensor) = 0;
  /// Values that the graph copies.
  virtual Value constant(std::span<const float> values, const Shape& shape) = 0;
  /// Keeps the owner of tensors alive as long as the graph or anything made from it may read them.
  virtual void retain(std::shared_ptr<const void> owner) = 0;

  /// Whether the weights are to be learned: then layers must not compute with them outside of the graph.
  virtual bool learns() const { return false; }

  /// Names a stage of the forward, for tests that compare it to a reference. Most graphs ignore it.
  virtual void mark(const std::string& name, Value x) {
    (void)name;
    (void)x;
  }

  /// Asks for f32 in everything that leads to x, also where the graph otherwise computes with fewer bits. All that is
  /// computed later must depend on the graph's inputs through x alone. Graphs of one precision ignore it.
  virtual void keep_precise(Value x) { (void)x; }

  // Arithmetic.

  virtual Value add(Value a, Value b) = 0;
  virtual Value subtract(Value a, Value b) = 0;
  virtual Value multiply(Value a, Value b) = 0;
  virtual Value divide(Value a, Value b) = 0;
  /// a [..., m, k] · b [..., k, n], or b [..., n, k] when it is to be transposed → [..., m, n].
  virtual Value matmul(Value a, Value b, bool transpose_b) = 0;
  /// x [batch, in, height, width], weight [out, in/groups, kernel, kernel] (PyTorch's order) → [batch, out, h, w].
  virtual Value conv2d(Value x, Value weight, const Conv2dOptions& options) = 0;
  virtual Value activate(Value x, Activation activation) = 0;

  // Along the last axis.

  /// (x - mean) / sqrt(variance + epsilon), variance over n: layer normalization without scale and shift.
  virtual Value normalize(Value x, float epsilon) = 0;
  /// x / max(|x|, 1e-12).
  virtual Value l2_normalize(Value x) = 0;
  virtual Value softmax(Value x) = 0;
  virtual Value log_softmax(Value x) = 0;
  /// The index of the greatest element, the first of equals: i32, the last axis gone.
  virtual Value argmax(Value x) = 0;

  // Reductions over the given axes, which disappear.

  virtual Value mean(Value x, std::span<const std::int64_t> axes) = 0;
  virtual Value sum(Value x, std::span<const std::int64_t> axes) = 0;
  virtual Value max(Value x, std::span<const std::int64_t> axes) = 0;

  // Moving values about.

  /// `shape` may hold one -1 (whatever is left over) and 0 (this dimension of x stays).
  virtual Value reshape(Value x, const Shape& shape) = 0;
  virtual Value transpose(Value x, std::span<const std::int64_t> order) = 0;
  virtual Value concat(std::span<const Value> parts, std::int64_t axis) = 0;
  /// x with the shape of `like`, which has as many elements.
  virtual Value reshape_like(Value x, Value like) = 0;
  /// Elements begin to end (exclusive) of one axis; negative ones count from its end, and an end beyond it means it.
  virtual Value slice(Value x, std::int64_t axis, std::int64_t begin, std::int64_t end) = 0;
  /// table [rows, width], ids i32 of any shape → [ids..., width].
  virtual Value gather(Value table, Value ids) = 0;
  /// table [rows, width] → its first n rows, n = the size of `like` along `axis`.
  virtual Value first_rows(Value table, Value like, std::int64_t axis) = 0;
  /// x [batch, tokens, width], index i32 [batch] → row index[b] of each x[b]: [batch, width].
  virtual Value take_rows(Value x, Value index) = 0;
  /// x [1, ...] → [batch, ...], batch = the first dimension of `like`.
  virtual Value repeat_batch(Value x, Value like) = 0;
  /// 1 where an id equals `id`, else 0: i32.
  virtual Value equals(Value ids, std::int32_t id) = 0;

  /// softmax(query · keyᵀ / sqrt(head width) + mask) · value; all [batch, heads, tokens, head width].
  virtual Value attention(Value query, Value key, Value value, const AttentionOptions& options) = 0;

 protected:
  Graph() = default;
  Graph(const Graph&) = default;
  Graph& operator=(const Graph&) = default;
};

}  // namespace glimpse::nn
