#include "encode/memory_plan.h"

#include <algorithm>
#include <vector>

#include "base/memory.h"

namespace glimpse::encode {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
/// The catalogue's pages, outcomes that wait, and what the allocator keeps.
constexpr std::uint64_t kRest = 48 * kMiB;
constexpr std::uint64_t kLeastReadAhead = 8 * kMiB;
constexpr std::uint64_t kMostReadAhead = 128 * kMiB;
constexpr std::uint64_t kLeastDecoded = 64 * kMiB;
/// Enough for a lane to decode the largest picture there may be.
constexpr std::uint64_t kPlentyForALane = 1536 * kMiB;

std::uint64_t cost_of(const MemoryNeeds& needs, int lanes, int batch_size) {
  const auto running = static_cast<std::uint64_t>(lanes), batch = static_cast<std::uint64_t>(batch_size);
  // One lane more than run at once fills its batch.
  return (running + 1) * batch * needs.input_picture + running * batch * needs.scratch_picture;
}

}  // namespace

bool is_plenty(const MemoryLimit& limit, int lanes) {
  const std::uint64_t decoding = static_cast<std::uint64_t>(lanes + 1) * kPlentyForALane;
  return limit.bytes == 0 || limit.bytes >= process_memory().peak + decoding;
}

Result<MemoryPlan> plan_memory(const MemoryLimit& limit, const MemoryNeeds& needs, int lanes, int batch_size) {
  const std::uint64_t fixed = needs.resident + kRest + kLeastReadAhead + kLeastDecoded;
  const std::uint64_t least = std::max(needs.peak, fixed + cost_of(needs, 1, 1));
  if (limit.strict && limit.bytes < least) {
    return Error::invalid_argument(
        "--memory: {} is too little for this model: it needs {} at least; a smaller model or --precision bf16 needs "
        "less",
        readable_bytes(limit.bytes), readable_bytes(least + kMiB));
  }
  const std::uint64_t budget = std::max(limit.bytes, least);
  MemoryPlan plan{.lanes = lanes, .batch_size = batch_size};
  while (fixed + cost_of(needs, plan.lanes, plan.batch_size) > budget) {
    if (plan.batch_size > 1) {
      plan.batch_size /= 2;
    } else {
      --plan.lanes;
    }
  }
  const std::uint64_t left = budget - fixed - cost_of(needs, plan.lanes, plan.batch_size);
  plan.read_ahead_bytes = std::min(kMostReadAhead, kLeastReadAhead + left / 4);
  plan.decoded_bytes = kLeastDecoded + kLeastReadAhead + left - plan.read_ahead_bytes;
  return plan;
}

Result<MemoryNeeds> measure_needs(const ImageModel& model, int batch_size) {
  const auto edge = static_cast<std::size_t>(model.preprocess.crop_size);
  const std::vector<float> pixels(static_cast<std::size_t>(batch_size) * 3 * edge * edge);
  std::vector<float> embeddings(static_cast<std::size_t>(batch_size * model.dimension));
  const auto run = [&](int count) {
    const auto n = static_cast<std::size_t>(count);
    return model.embed(std::span(pixels).first(n * 3 * edge * edge), count,
                       std::span(embeddings).first(n * static_cast<std::size_t>(model.dimension)));
  };
  GLIMPSE_RETURN_IF_ERROR(run(1));  // packs the weights
  const std::uint64_t one = process_memory().resident;
  GLIMPSE_RETURN_IF_ERROR(run(batch_size));
  const ProcessMemory now = process_memory();
  const std::uint64_t input = 3 * edge * edge * sizeof(float);
  const std::uint64_t grown = std::max(now.resident, one) - one;
  return MemoryNeeds{
      .resident = now.resident,
      .peak = now.peak,
      .input_picture = input,
      .scratch_picture = std::max(input, grown / static_cast<std::uint64_t>(std::max(1, batch_size - 1)))};
}

Result<void> fit_into_memory(const MemoryLimit& limit, ImageModel& model, PipelineOptions& options) {
  if (is_plenty(limit, model.lanes)) return {};
  GLIMPSE_ASSIGN_OR_RETURN(const MemoryNeeds needs, measure_needs(model, options.batch_size));
  GLIMPSE_ASSIGN_OR_RETURN(const MemoryPlan plan, plan_memory(limit, needs, model.lanes, options.batch_size));
  model.lanes = plan.lanes;
  options.batch_size = plan.batch_size;
  options.read_ahead_bytes = plan.read_ahead_bytes;
  options.decoded_bytes = plan.decoded_bytes;
  return {};
}

}  // namespace glimpse::encode
