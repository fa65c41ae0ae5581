#include "runtime/memory_tower.h"

#include "base/cpu.h"

namespace glimpse::runtime {

EngineSpec side_by_side(const char* name, const models::DualEncoder& model, const RuntimeOptions& options) {
  const int threads = options.threads > 0 ? options.threads : available_cpus();
  return {.name = name,
          .fingerprint = model.info().fingerprint,
          .precision = options.precision,
          .ranges = {},
          .streams = threads,
          .threads = threads,
          .cache_dir = options.cache_dir};
}

Result<MemoryTower> MemoryTower::compile(const models::DualEncoder& model, const models::MemoryModel& memory,
                                         const RuntimeOptions& options) {
  const int size = model.preprocess().crop_size;
  const auto build = [&](OpenVinoGraph& graph) {
    return memory.memory_forward(graph, graph.parameter("pixels", nn::ElementType::kF32, {1, 3, size, size}));
  };
  GLIMPSE_ASSIGN_OR_RETURN(auto engine, Engine::create(side_by_side("memory", model, options), build));
  return MemoryTower(std::move(engine), {1, memory.memory_tokens(), memory.memory_width()}, size);
}

Result<std::vector<float>> MemoryTower::run(std::span<const float> pixels) const {
  const auto side = static_cast<std::size_t>(image_size_);
  if (pixels.size() != 3 * side * side) {
    return Error::invalid_argument("a picture: expected {} pixels, got {}", 3 * side * side, pixels.size());
  }
  std::vector<float> memory(size());
  GLIMPSE_RETURN_IF_ERROR(engine_->run(pixels, {1, 3, image_size_, image_size_}, memory));
  return memory;
}

}  // namespace glimpse::runtime
