#include "indexing.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <string>

#include "base/memory.h"
#include "interrupt.h"
#include "stopwatch.h"
#include "terminal.h"

namespace glimpse::app {

Result<encode::MemoryLimit> memory_limit(const CommonFlags& common) {
  if (common.memory.empty()) return encode::MemoryLimit{.bytes = available_memory() / 4 * 3, .strict = false};
  GLIMPSE_ASSIGN_OR_RETURN(const std::uint64_t bytes, parse_bytes(common.memory).with_context("--memory"));
  return encode::MemoryLimit{.bytes = std::max<std::uint64_t>(1, bytes), .strict = true};
}

Result<TimedReport> run_indexer(library::Library& library, const library::Generation& generation, OpenModel& model,
                                const std::vector<library::RootId>& roots, const CommonFlags& common,
                                const IndexFlags& flags) {
  CancelToken& cancel = interruption();
  library::IndexOptions options;
  options.force = flags.force;
  GLIMPSE_ASSIGN_OR_RETURN(options.memory, memory_limit(common));
  options.pipeline.batch_size = flags.batch_size;
  options.pipeline.exact = flags.exact;
  std::unique_ptr<ProgressLine> line;
  const auto progress = [&](const library::IndexProgress& now) {
    if (!line) line = std::make_unique<ProgressLine>("indexing", now.total, common.quiet);
    line->update(now.done, now.skipped);
  };
  TimedReport timed;
  const auto load_tower = picture_tower_of(model, common);
  const auto load_model = [&](const encode::WaitingPictures& waiting) -> Result<encode::ImageModel> {
    const Stopwatch loading;
    auto image_model = load_tower(waiting);
    timed.loading_seconds = loading.seconds();
    return image_model;
  };
  const Stopwatch whole;
  auto report = library::index_roots(library, generation, load_model, roots, options, progress, cancel);
  if (line) line->finish();
  GLIMPSE_RETURN_IF_ERROR(report);
  timed.report = *std::move(report);
  timed.seconds = whole.seconds();
  return timed;
}

library::ModelFacts facts_of(const OpenModel& model) {
  const auto& info = model.encoder->info();
  return {.model = model.stored.name,
          .fingerprint = info.fingerprint,
          .dimension = info.embedding_dimension,
          .model_directory = model.stored.directory};
}

library::LoadModel picture_tower_of(OpenModel& model, const CommonFlags& common) {
  return [&encoder = *model.encoder,
          quiet = common.quiet](const encode::WaitingPictures& waiting) -> Result<encode::ImageModel> {
    GLIMPSE_ASSIGN_OR_RETURN(const std::string found, encoder.settle_precision(waiting));
    if (!found.empty() && !quiet) fmt::print(stderr, "{}\n", found);
    return encoder.image_model();
  };
}

Result<library::Generation> generation_of(library::Library& library, const OpenModel& model) {
  return library.open_generation(facts_of(model));
}

}  // namespace glimpse::app
