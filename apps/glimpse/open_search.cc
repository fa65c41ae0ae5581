#include "open_search.h"

#include <utility>

#include "base/cpu.h"
#include "base/file.h"

namespace glimpse::app {

Result<std::optional<OpenSearch>> try_open_search(const CommonFlags& common) {
  OpenSearch open;
  auto library = library::Library::open(common.library, {.access = library::Access::kReadOnly});
  if (!library && library.error().code() == ErrorCode::kNotFound) return std::optional<OpenSearch>();
  GLIMPSE_RETURN_IF_ERROR(library);
  open.library = *std::move(library);
  GLIMPSE_ASSIGN_OR_RETURN(const auto active, open.library->active_generation());
  if (!active) return std::optional<OpenSearch>();
  open.generation = *active;
  GLIMPSE_ASSIGN_OR_RETURN(open.model, open_library_model(common, *active));
  const int threads = common.threads > 0 ? common.threads : available_cpus();
  GLIMPSE_ASSIGN_OR_RETURN(open.engine,
                           search::Engine::open(*open.library, open.generation, *open.model.encoder, threads));
  return std::optional(std::move(open));
}

Result<OpenSearch> open_search(const CommonFlags& common) {
  GLIMPSE_ASSIGN_OR_RETURN(auto open, try_open_search(common));
  if (open) return *std::move(open);
  return Error::not_found("no pictures in the library in {}: run 'glimpse index FOLDER'", display(common.library));
}

}  // namespace glimpse::app
