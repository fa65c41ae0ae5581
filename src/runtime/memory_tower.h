#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "models/dual_encoder.h"
#include "models/memory_model.h"
#include "runtime/engine.h"
#include "runtime/towers.h"

// Internal to this room: what Captioner and Matcher are made of.
namespace glimpse::runtime {

/// How an engine of `model` is made that many threads run side by side. `name`: as EngineSpec has it.
EngineSpec side_by_side(const char* name, const models::DualEncoder& model, const RuntimeOptions& options);

/// The picture side of a model whose words look at a picture, compiled. Thread-safe.
class MemoryTower {
 public:
  /// Errors: the model's; internal.
  static Result<MemoryTower> compile(const models::DualEncoder& model, const models::MemoryModel& memory,
                                     const RuntimeOptions& options);

  /// The memory of one picture: [1, memory_tokens, memory_width].
  const nn::Shape& shape() const { return shape_; }
  std::size_t size() const { return static_cast<std::size_t>(shape_[1] * shape_[2]); }

  /// pixels [3, S, S] → size() numbers. Errors: invalid_argument, internal.
  Result<std::vector<float>> run(std::span<const float> pixels) const;

 private:
  MemoryTower(std::unique_ptr<Engine> engine, nn::Shape shape, int image_size)
      : engine_(std::move(engine)), shape_(std::move(shape)), image_size_(image_size) {}
  std::unique_ptr<Engine> engine_;
  nn::Shape shape_;
  int image_size_;
};

}  // namespace glimpse::runtime
