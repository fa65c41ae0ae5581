#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/activation_ranges.h"
#include "nn/graph.h"

namespace ov {
class Model;
}

namespace glimpse::runtime {

/// Records a forward as an OpenVINO model. Throws ov::Exception where shapes do not fit: the caller is inside this room
/// and catches it.
class OpenVinoGraph final : public nn::Graph {
 public:
  /// ranges: what is to compute in int8, by the numbers of convolutions() and linears(). Empty: nothing.
  explicit OpenVinoGraph(models::ActivationRanges ranges = {});
  ~OpenVinoGraph() override;
  OpenVinoGraph(const OpenVinoGraph&) = delete;
  OpenVinoGraph& operator=(const OpenVinoGraph&) = delete;

  /// An input, in the order of the calls.
  nn::Value parameter(const std::string& name, nn::ElementType type, const nn::Shape& shape);
  /// The model from all parameters to `output`. It shares the constants' memory; call once, at the end.
  /// in_parts: cuts it where keep_precise() was called, if it was: the first model is the part to keep precise, the
  /// second takes the first one's output.
  std::vector<std::shared_ptr<ov::Model>> finish(nn::Value output, const std::string& name, bool in_parts);

  /// The model from all parameters to several outputs; in place of the other finish().
  std::shared_ptr<ov::Model> finish(std::span<const nn::Value> outputs, const std::string& name);

  /// Something that int8 can round: an input and the constant weights that it meets.
  struct Rounded {
    nn::Value input;
    std::vector<nn::Value> weights;  ///< One for a convolution; each [out, in] of the layers that read the input.
    std::vector<nn::Value> outputs;  ///< As many.
  };
  /// In the order of the forward.
  const std::vector<Rounded>& convolutions() const;
  /// Inputs [batch, tokens, width] of linear layers, in the order in which the first layer reads each. Layers that see
  /// one row a picture are not among them: they cost nothing.
  const std::vector<Rounded>& linears() const;
  /// Whether the ranges, if there are any, are those of this forward: one for each of the above, as wide as it is.
  bool ranges_fit() const;
  /// The numbers of a constant; valid as long as the graph.
  std::span<const float> values(nn::Value constant) const;

  nn::Shape shape(nn::Value x) const override;
  nn::Value constant(const checkpoint::TensorView& tensor) override;
  nn::Value constant(std::span<const float> values, const nn::Shape& shape) override;
  void retain(std::shared_ptr<const void> owner) override;
  void keep_precise(nn::Value x) override;
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
  nn::Value reshape_like(nn::Value x, nn::Value like) override;
  nn::Value transpose(nn::Value x, std::span<const std::int64_t> order) override;
  nn::Value concat(std::span<const nn::Value> parts, std::int64_t axis) override;
  nn::Value slice(nn::Value x, std::int64_t axis, std::int64_t begin, std::int64_t end) override;
  nn::Value gather(nn::Value table, nn::Value ids) override;
  nn::Value first_rows(nn::Value table, nn::Value like, std::int64_t axis) override;
  nn::Value take_rows(nn::Value x, nn::Value index) override;
  nn::Value repeat_batch(nn::Value x, nn::Value like) override;
  nn::Value equals(nn::Value ids, std::int32_t id) override;
  nn::Value attention(nn::Value query, nn::Value key, nn::Value value, const nn::AttentionOptions& options) override;

 private:
  nn::Value grouped(nn::Value weight, std::int64_t groups);
  nn::Value linear(nn::Value x, nn::Value weight);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace glimpse::runtime
