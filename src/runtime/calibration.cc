#include "runtime/calibration.h"

#include <algorithm>
#include <exception>
#include <openvino/openvino.hpp>

#include "runtime/openvino_graph.h"

namespace glimpse::runtime {
namespace {

constexpr std::size_t kBatch = 8;

using Ranges = std::vector<models::ActivationRange>;

/// Outputs 2i and 2i + 1 of the observer: least and greatest number of each picture at convolution i.
Ranges observed(const std::shared_ptr<ov::Model>& observer, std::span<const float> pixels, std::size_t side,
                std::size_t count) {
  ov::Core core;
  auto request =
      core.compile_model(observer, "CPU", ov::hint::inference_precision(ov::element::f32)).create_infer_request();
  const std::size_t convolutions = observer->outputs().size() / 2;
  std::vector<double> low(convolutions), high(convolutions);
  const auto add = [&](std::size_t output, double& sum) {
    const ov::Tensor values = request.get_output_tensor(output);
    const float* begin = values.data<const float>();
    for (std::size_t i = 0; i < values.get_size(); ++i) sum += begin[i];
  };
  const std::size_t numbers = 3 * side * side;
  for (std::size_t first = 0; first < count; first += kBatch) {
    const std::size_t n = std::min(kBatch, count - first);
    // OpenVINO takes inputs by a pointer to non-const and only reads them.
    request.set_input_tensor(
        ov::Tensor(ov::element::f32, {n, 3, side, side}, const_cast<float*>(&pixels[first * numbers])));
    request.infer();
    for (std::size_t i = 0; i < convolutions; ++i) {
      add(2 * i, low[i]);
      add(2 * i + 1, high[i]);
    }
  }
  Ranges ranges;
  for (std::size_t i = 0; i < convolutions; ++i) {
    const auto pictures = static_cast<double>(count);
    ranges.push_back({.low = static_cast<float>(std::min(low[i] / pictures, 0.0)),
                      .high = static_cast<float>(std::max(high[i] / pictures, 0.0))});
    if (ranges[i].low == ranges[i].high) ranges[i].high = 1;  // Always 0: any step will do.
  }
  return ranges;
}

}  // namespace

Result<Ranges> calibrate(const models::DualEncoder& model, std::span<const float> pixels, int count) try {
  const std::int64_t side = model.preprocess().crop_size;
  const auto wanted = static_cast<std::size_t>(std::max(count, 0)) * 3 * static_cast<std::size_t>(side * side);
  if (count < 1 || pixels.size() != wanted) {
    return Error::invalid_argument("calibration: expected {} pictures of {} numbers, got {} numbers", count,
                                   3 * side * side, pixels.size());
  }
  OpenVinoGraph graph;
  const nn::Value input = graph.parameter("pixels", nn::ElementType::kF32, {nn::kDynamic, 3, side, side});
  GLIMPSE_RETURN_IF_ERROR(model.image_forward(graph, input));
  if (graph.convolution_inputs().size() <= 1) {
    return Error::unsupported("the picture tower of '{}' is not made of convolutions: int8 has nothing to gain there",
                              model.info().name);
  }
  return observed(graph.finish_observer(), pixels, static_cast<std::size_t>(side), static_cast<std::size_t>(count));
} catch (const std::exception& e) {
  return Error::internal("calibration: {}", e.what());
}

}  // namespace glimpse::runtime
