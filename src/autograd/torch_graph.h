#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "autograd/parameters.h"
#include "nn/graph.h"

// Internal to this room.
namespace glimpse::autograd {

/// Runs a forward at once with libtorch, recording what its gradients need where a parameter asks for them. Throws what
/// libtorch throws. Ids are i64 tensors.
class TorchGraph final : public nn::Graph {
 public:
  /// parameters: outlives the graph. bf16: matrix products, convolutions and attention in bf16; sums and norms in f32.
  explicit TorchGraph(Parameters& parameters, bool bf16 = false) : parameters_(parameters), bf16_(bf16) {}

  nn::Value input(at::Tensor tensor) { return push(std::move(tensor)); }
  at::Tensor at(nn::Value x);
  /// Stages by name, when `keep_marks` was called before the forward.
  void keep_marks() { keeps_marks_ = true; }
  const std::map<std::string, nn::Value>& marks() const { return marks_; }

  bool learns() const override { return true; }
  nn::Shape shape(nn::Value x) const override;
  nn::Value constant(const checkpoint::TensorView& tensor) override;
  nn::Value constant(std::span<const float> values, const nn::Shape& shape) override;
  void retain(std::shared_ptr<const void> owner) override { parameters_.retain(std::move(owner)); }
  void mark(const std::string& name, nn::Value x) override;

  nn::Value add(nn::Value a, nn::Value b) override;
  nn::Value subtract(nn::Value a, nn::Value b) override;
  nn::Value multiply(nn::Value a, nn::Value b) override;
  nn::Value divide(nn::Value a, nn::Value b) override;
  nn::Value matmul(nn::Value a, nn::Value b, bool transpose_b) override;
  nn::Value conv2d(nn::Value x, nn::Value weight, const nn::Conv2dOptions& options) override;
  nn::Value activate(nn::Value x, nn::Activation activation) override;
  nn::Value normalize(nn::Value x, float epsilon) override;
  nn::Value l2_normalize(nn::Value x) override;
  nn::Value softmax(nn::Value x) override;
  nn::Value log_softmax(nn::Value x) override;
  nn::Value argmax(nn::Value x) override;
  nn::Value mean(nn::Value x, std::span<const std::int64_t> axes) override;
  nn::Value sum(nn::Value x, std::span<const std::int64_t> axes) override;
  nn::Value max(nn::Value x, std::span<const std::int64_t> axes) override;
  nn::Value reshape(nn::Value x, const nn::Shape& shape) override;
  nn::Value transpose(nn::Value x, std::span<const std::int64_t> order) override;
  nn::Value concat(std::span<const nn::Value> parts, std::int64_t axis) override;
  nn::Value reshape_like(nn::Value x, nn::Value like) override;
  nn::Value slice(nn::Value x, std::int64_t axis, std::int64_t begin, std::int64_t end) override;
  nn::Value gather(nn::Value table, nn::Value ids) override;
  nn::Value first_rows(nn::Value table, nn::Value like, std::int64_t axis) override;
  nn::Value take_rows(nn::Value x, nn::Value index) override;
  nn::Value repeat_batch(nn::Value x, nn::Value like) override;
  nn::Value equals(nn::Value ids, std::int32_t id) override;
  nn::Value attention(nn::Value query, nn::Value key, nn::Value value, const nn::AttentionOptions& options) override;

 private:
  /// Layers are written as small operations that libtorch has fused ones for: a product waits for the bias that is to
  /// be added, a normalization for its scale and shift. `tensor` is undefined until somebody asks for it.
  struct Node {
    enum class Waits { kNot, kLinear, kNorm };
    at::Tensor tensor;
    Waits waits = Waits::kNot;
    at::Tensor x, weight;  ///< kLinear: x·weightᵀ. kNorm: x, and the scale once it is known.
    float epsilon = 0;
    nn::Shape shape;
  };

  nn::Value push(at::Tensor tensor);
  nn::Value push(Node node);
  const Node& node(nn::Value x) const;
  /// In the type that matrix products are computed in.
  at::Tensor lowered(const at::Tensor& x) const;
  at::Tensor f32(nn::Value x);
  at::Tensor linear(const Node& product, const at::Tensor& bias) const;

  Parameters& parameters_;
  bool bf16_;
  bool keeps_marks_ = false;
  std::vector<Node> nodes_;
  std::map<std::string, nn::Value> marks_;
};

}  // namespace glimpse::autograd
