#include "open_search.h"

#include <future>
#include <utility>

#include "base/cpu.h"
#include "base/file.h"

namespace glimpse::app {

Result<std::optional<OpenSearch>> try_open_search(const CommonFlags& common, FirstQuery first) {
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
  const int threads = common.threads > 0 ? common.threads : available_cpus();
  auto engine = search::Engine::open(*open.library, open.generation, *open.model.encoder, threads);
  if (words.valid()) GLIMPSE_RETURN_IF_ERROR(words.get());
  GLIMPSE_ASSIGN_OR_RETURN(open.engine, std::move(engine));
  return std::optional(std::move(open));
}

Result<OpenSearch> open_search(const CommonFlags& common, FirstQuery first) {
  GLIMPSE_ASSIGN_OR_RETURN(auto open, try_open_search(common, first));
  if (open) return *std::move(open);
  return Error::not_found("no pictures in the library in {}: run 'glimpse index FOLDER'", display(common.library));
}

}  // namespace glimpse::app
