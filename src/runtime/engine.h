#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "nn/graph.h"
#include "runtime/openvino_graph.h"
#include "runtime/towers.h"

namespace glimpse::runtime {

/// What to compile and how. Everything that makes a compiled model what it is goes into its cache file's header.
struct EngineSpec {
  std::string name;         ///< "image", "text": part of the cache file's name.
  std::string fingerprint;  ///< The model's.
  Precision precision = Precision::kF32;
  models::ActivationRanges ranges = {};  ///< For int8.
  int streams = 1;                       ///< Inferences that run side by side.
  int threads = 1;                       ///< Of all streams together.
  std::filesystem::path cache_dir;
};

/// One input of a run: `values` has `shape` and is read during the call only.
struct EngineInput {
  std::variant<std::span<const float>, std::span<const std::int32_t>> values;
  nn::Shape shape;
};

/// A compiled graph with one f32 output [batch, width], and requests to run it. Thread-safe.
class Engine {
 public:
  /// Declares the inputs and appends the forward; called only when nothing usable is in the cache.
  using Build = std::function<Result<nn::Value>(OpenVinoGraph&)>;

  /// Errors: build's; corruption (the ranges are those of another forward); internal.
  static Result<std::unique_ptr<Engine>> create(const EngineSpec& spec, const Build& build);
  ~Engine();

  const TowerOrigin& origin() const;
  /// Names what was compiled, for what precision, threads, runtime and processor.
  const std::string& key() const;

  /// Runs on the inputs, in the order in which they were declared, and copies the output.
  /// Errors: internal, also when the output has not `output.size()` elements.
  Result<void> run(std::span<const EngineInput> inputs, std::span<float> output) const;
  /// The same with one input.
  Result<void> run(std::span<const float> input, const nn::Shape& shape, std::span<float> output) const;
  Result<void> run(std::span<const std::int32_t> input, const nn::Shape& shape, std::span<float> output) const;

 private:
  struct State;
  explicit Engine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glimpse::runtime
