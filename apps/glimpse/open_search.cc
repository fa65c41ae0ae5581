#include "open_search.h"

#include <future>
#include <utility>

#include "base/cpu.h"
#include "base/file.h"
#include "base/memory.h"

namespace glimpse::app {
namespace {

/// Of the memory that this process may use, vectors take one part in so many: the model's towers need theirs.
constexpr std::uint64_t kMemoryShare = 2;

}  // namespace

Result<library::LoadOptions> index_options(const CommonFlags& common) {
  library::LoadOptions options{.memory_budget = available_memory() / kMemoryShare};
  options.threads = common.threads > 0 ? common.threads : available_cpus();
  if (common.index != "auto") {
    GLIMPSE_ASSIGN_OR_RETURN(options.kind, index::parse_index_kind(common.index));
  }
  return options;
}

Result<std::optional<OpenSearch>> try_open_search(const CommonFlags& common, FirstQuery first, SearchFor purpose) {
  OpenSearch open;
  auto library = library::Library::open(common.library, {.access = library::Access::kReadOnly});
  if (!library && library.error().code() == ErrorCode::kNotFound) return std::optional<OpenSearch>();
  GLIMPSE_RETURN_IF_ERROR(library);
  open.library = *std::move(library);
  GLIMPSE_ASSIGN_OR_RETURN(const auto active, open.library->active_generation());
  if (!active) return std::optional<OpenSearch>();
  open.generation = *active;
  GLIMPSE_ASSIGN_OR_RETURN(open.model, open_library_model(common, *active));
  std::future<Result<void>> words;
  if (first == FirstQuery::kWords) {
    words = std::async(std::launch::async, [&encoder = *open.model.encoder] { return encoder.load_text_tower(); });
  }
  auto index = index_options(common);
  if (index) index->background = purpose == SearchFor::kServer;
  auto engine = index ? search::Engine::open(*open.library, open.generation, *open.model.encoder, *index)
                      : Result<std::unique_ptr<search::Engine>>(index.error());
  if (words.valid()) GLIMPSE_RETURN_IF_ERROR(words.get());
  GLIMPSE_ASSIGN_OR_RETURN(open.engine, std::move(engine));
  return std::optional(std::move(open));
}

Result<OpenSearch> open_search(const CommonFlags& common, FirstQuery first) {
  GLIMPSE_ASSIGN_OR_RETURN(auto open, try_open_search(common, first, SearchFor::kOneQuery));
  if (open) return *std::move(open);
  return Error::not_found("no pictures in the library in {}: run 'glimpse index FOLDER'", display(common.library));
}

}  // namespace glimpse::app
