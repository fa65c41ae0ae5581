#pragma once

#include <optional>
#include <string>
#include <vector>

#include "autograd/split_plan.h"
#include "autograd/torch_graph.h"

// Internal to this room.
namespace glimpse::autograd {

/// Builds a forward through a TorchGraph, all of it while its plan is noted, or afterwards one of its two parts. Steps
/// of the other part are passed over: their values mean nothing, and nobody asks for them.
class SplitGraph final : public nn::Graph {
 public:
  enum class Part { kAll, kFrozen, kTrained };

  /// Computes and notes everything. Call plan.finish() when the forward is built.
  SplitGraph(TorchGraph& runs, SplitPlan& plan) : runs_(runs), notes_(&plan), plan_(plan), part_(Part::kAll) {}
  /// kept: the frontier's tensors, for Part::kTrained. All must outlive it.
  SplitGraph(TorchGraph& runs, const SplitPlan& plan, Part part, std::span<const at::Tensor> kept = {})
      : runs_(runs), plan_(plan), part_(part), kept_(kept) {}

  nn::Value input(const at::Tensor& tensor);
  at::Tensor at(nn::Value x) { return runs_.at(inner(x)); }
  /// The frontier's tensors, of a forward that was built.
  std::vector<at::Tensor> frontier();

  bool learns() const override { return true; }
  nn::Shape shape(nn::Value x) const override;
  nn::Value constant(const checkpoint::TensorView& tensor) override;
  nn::Value constant(std::span<const float> values, const nn::Shape& shape) override;
  void retain(std::shared_ptr<const void> owner) override { runs_.retain(std::move(owner)); }

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
  /// Runs an operation where the part has it, and notes it where all are noted.
  template <typename F>
  nn::Value step(StepKind kind, std::span<const nn::Value> from, const F& run);
  template <typename F>
  nn::Value step(StepKind kind, std::initializer_list<nn::Value> from, const F& run) {
    return step(kind, std::span(from.begin(), from.size()), run);
  }
  nn::Value push(std::optional<nn::Value> value);
  nn::Value inner(nn::Value x) const;

  TorchGraph& runs_;
  SplitPlan* notes_ = nullptr;
  const SplitPlan& plan_;
  Part part_;
  std::span<const at::Tensor> kept_;
  std::vector<std::optional<nn::Value>> values_;  ///< The TorchGraph's; none: passed over.
};

}  // namespace glimpse::autograd
