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
  static CancelToken cancel;  // outlives the signal handler's use of it
  cancel_on_interrupt(cancel);
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
  const auto load_model = [&](const encode::WaitingPictures& waiting) -> Result<encode::ImageModel> {
    const Stopwatch loading;
    GLIMPSE_ASSIGN_OR_RETURN(const std::string found, model.encoder->settle_precision(waiting));
    if (!found.empty() && !common.quiet) fmt::print(stderr, "{}\n", found);
    auto image_model = model.encoder->image_model();
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

Result<library::Generation> generation_of(library::Library& library, const OpenModel& model) {
  const auto& info = model.encoder->info();
  return library.open_generation({.model = model.stored.name,
                                  .fingerprint = info.fingerprint,
                                  .dimension = info.embedding_dimension,
                                  .model_directory = model.stored.directory});
}

}  // namespace glimpse::app
