// One constant matrix, one input, no bias: the product that transformers spend their time in, at a size where reading
// memory hardly counts. In int8 the operands are quantized as in a calibrated tower, so the kernel is the same too.
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset13.hpp>
#include <random>
#include <thread>
#include <vector>

#include "base/cpu.h"
#include "runtime/limits.h"
#include "runtime/quantization.h"

namespace glimpse::runtime {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<float> random_values(std::size_t count) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(random);
  return values;
}

std::shared_ptr<ov::Model> product(const ov::Shape& square, const std::vector<float>& values, bool quantized) {
  const auto input = std::make_shared<ov::opset13::Parameter>(ov::element::f32, square);
  ov::Output<ov::Node> x = input;
  ov::Output<ov::Node> weight = ov::opset13::Constant::create(ov::element::f32, square, values);
  if (quantized) {
    x = quantized_activation(x, {.low = -1, .high = 1});
    weight = quantized_weight(weight, /*channel_axes=*/1);
  }
  const auto y = std::make_shared<ov::opset13::MatMul>(x, weight, false, /*transpose_b=*/true);
  return std::make_shared<ov::Model>(ov::OutputVector{y}, ov::ParameterVector{input}, "matmul");
}

ov::AnyMap properties(Precision precision, int threads) {
  return {ov::num_streams(threads), ov::inference_num_threads(threads), ov::hint::enable_cpu_pinning(false),
          ov::hint::inference_precision(precision == Precision::kBf16 ? ov::element::bf16 : ov::element::f32)};
}

/// Products a second, one request on each lane until the time is over.
double products_per_second(std::vector<ov::InferRequest>& requests, double seconds) {
  std::atomic<long> done{0};
  std::exception_ptr failure;
  std::mutex failing;
  const auto started = Clock::now();
  const auto end = started + std::chrono::duration<double>(seconds);
  {
    std::vector<std::jthread> lanes;
    for (ov::InferRequest& request : requests) {
      lanes.emplace_back([&] {
        try {
          do {
            request.infer();
            ++done;
          } while (Clock::now() < end);
        } catch (...) {
          const std::lock_guard lock(failing);
          failure = std::current_exception();
        }
      });
    }
  }
  if (failure) std::rethrow_exception(failure);
  return static_cast<double>(done) / std::chrono::duration<double>(Clock::now() - started).count();
}

}  // namespace

Result<double> matmul_rate(Precision precision, int threads, double seconds, int size) try {
  if (size < 1) return Error::invalid_argument("matrix product: expected a size of 1 or more, got {}", size);
  const int lanes = threads > 0 ? threads : available_cpus();
  const auto side = static_cast<std::size_t>(size);
  const ov::Shape square = {side, side};
  std::vector<float> values = random_values(side * side);
  ov::Core core;
  auto compiled =
      core.compile_model(product(square, values, precision == Precision::kInt8), "CPU", properties(precision, lanes));
  std::vector<ov::InferRequest> requests;
  for (int i = 0; i < lanes; ++i) {
    requests.push_back(compiled.create_infer_request());
    requests.back().set_input_tensor(ov::Tensor(ov::element::f32, square, values.data()));
  }
  products_per_second(requests, 0);
  return products_per_second(requests, seconds) * 2.0 * size * size * size;
} catch (const std::exception& e) {
  return Error::internal("matrix product in {}: {}", name_of(precision), e.what());
}

}  // namespace glimpse::runtime
