// The tower is recorded once, with reductions of what int8 would round as its outputs. They leave a number, or a row of
// numbers, for each picture, and are gathered here.
#include "runtime/calibration.h"

#include <algorithm>
#include <array>
#include <exception>
#include <openvino/openvino.hpp>

#include "nn/layers.h"
#include "runtime/openvino_graph.h"
#include "runtime/plugin_properties.h"
#include "runtime/rounding.h"

namespace glimpse::runtime {
namespace {

using nn::Value;

constexpr std::size_t kBatch = 8;

/// An output of the observer: [batch, width] or [batch], for all pictures.
struct Series {
  std::vector<float> values;  ///< [pictures, width]
  std::size_t width = 1;

  /// Each column's mean.
  std::vector<double> means() const {
    std::vector<double> sums(width);
    for (std::size_t i = 0; i < values.size(); ++i) sums[i % width] += values[i];
    for (double& sum : sums) sum /= static_cast<double>(values.size() / width);
    return sums;
  }
};

/// Records what to look at, and finds it again among the outputs.
class Observer {
 public:
  explicit Observer(OpenVinoGraph& graph) : g_(graph) {
    constexpr std::array<std::int64_t, 3> kInPicture = {1, 2, 3};
    constexpr std::array<std::int64_t, 1> kTokens = {1};
    for (const auto& convolution : g_.convolutions()) look(convolution.input, kInPicture);
    for (const auto& linear : g_.linears()) {
      look(linear.input, kTokens);
      outputs_.push_back(g_.mean(squared(linear.input), kTokens));
      for (const Value y : linear.outputs) {
        outputs_.push_back(g_.mean(y, kTokens));
        outputs_.push_back(g_.mean(squared(y), kTokens));
      }
    }
  }

  std::shared_ptr<ov::Model> model() { return g_.finish(outputs_, "observer"); }

  models::ActivationRanges ranges(std::vector<Series> seen) const {
    auto next = seen.begin();
    models::ActivationRanges ranges;
    const bool made_of_convolutions = g_.convolutions().size() > models::kPreciseConvolutions;
    for (std::size_t i = 0; i < g_.convolutions().size(); ++i) {
      ranges.convolutions.push_back(range_of(next[0], next[1]));
      ranges.convolutions.back().precise = made_of_convolutions && i < models::kPreciseConvolutions;
      next += 2;
    }
    for (const auto& linear : g_.linears()) {
      LinearStatistics statistics{.width = next[0].width,
                                  .low = negated(std::move(next[0].values)),
                                  .high = std::move(next[1].values),
                                  .mean_square = next[2].means(),
                                  .weights = {},
                                  .output_variance = 0};
      next += 3;
      for (const Value weight : linear.weights) {
        statistics.weights.push_back(g_.values(weight));
        const std::vector<double> mean = next[0].means(), mean_square = next[1].means();
        for (std::size_t i = 0; i < mean.size(); ++i) statistics.output_variance += mean_square[i] - mean[i] * mean[i];
        next += 2;
      }
      ranges.linears.push_back(choose_rounding(statistics).range);
    }
    return ranges;
  }

 private:
  Value squared(Value x) { return g_.multiply(x, x); }
  /// The negated least and the greatest number.
  void look(Value x, std::span<const std::int64_t> axes) {
    outputs_.push_back(g_.max(nn::scale(g_, x, -1), axes));
    outputs_.push_back(g_.max(x, axes));
  }
  static std::vector<float> negated(std::vector<float> values) {
    std::ranges::transform(values, values.begin(), std::negate());
    return values;
  }
  static models::ActivationRange range_of(const Series& negated_low, const Series& high) {
    models::ActivationRange range{.low = static_cast<float>(std::min(-negated_low.means()[0], 0.0)),
                                  .high = static_cast<float>(std::max(high.means()[0], 0.0))};
    if (range.low == range.high) range.high = 1;  // Always 0: any step will do.
    return range;
  }

  OpenVinoGraph& g_;
  std::vector<Value> outputs_;
};

std::vector<Series> observed(const std::shared_ptr<ov::Model>& observer, std::span<const float> pixels,
                             std::size_t side, std::size_t count) {
  ov::Core core;
  auto request = core.compile_model(observer, "CPU", plugin_properties(ov::element::f32)).create_infer_request();
  std::vector<Series> series(observer->outputs().size());
  const std::size_t numbers = 3 * side * side;
  for (std::size_t first = 0; first < count; first += kBatch) {
    const std::size_t n = std::min(kBatch, count - first);
    // OpenVINO takes inputs by a pointer to non-const and only reads them.
    request.set_input_tensor(
        ov::Tensor(ov::element::f32, {n, 3, side, side}, const_cast<float*>(&pixels[first * numbers])));
    request.infer();
    for (std::size_t i = 0; i < series.size(); ++i) {
      const ov::Tensor output = request.get_output_tensor(i);
      series[i].width = output.get_size() / n;
      const float* begin = output.data<const float>();
      series[i].values.insert(series[i].values.end(), begin, begin + output.get_size());
    }
  }
  return series;
}

}  // namespace

Result<models::ActivationRanges> calibrate(const models::DualEncoder& model, std::span<const float> pixels,
                                           int count) try {
  const std::int64_t side = model.preprocess().crop_size;
  const auto wanted = static_cast<std::size_t>(std::max(count, 0)) * 3 * static_cast<std::size_t>(side * side);
  if (count < 1 || pixels.size() != wanted) {
    return Error::invalid_argument("calibration: expected {} pictures of {} numbers, got {} numbers", count,
                                   3 * side * side, pixels.size());
  }
  OpenVinoGraph graph;
  const Value input = graph.parameter("pixels", nn::ElementType::kF32, {nn::kDynamic, 3, side, side});
  GLIMPSE_RETURN_IF_ERROR(model.image_forward(graph, input));
  if (graph.convolutions().empty() && graph.linears().empty()) {
    return Error::unsupported("the picture tower of '{}' has nothing that int8 could round", model.info().name);
  }
  Observer observer(graph);
  return observer.ranges(
      observed(observer.model(), pixels, static_cast<std::size_t>(side), static_cast<std::size_t>(count)));
} catch (const std::exception& e) {
  return Error::internal("calibration: {}", e.what());
}

}  // namespace glimpse::runtime
