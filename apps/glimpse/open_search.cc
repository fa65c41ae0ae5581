#include "open_search.h"

#include "base/cpu.h"
#include "base/file.h"

namespace glimpse::app {

Result<OpenSearch> open_search(const CommonFlags& common) {
  OpenSearch open;
  auto library = library::Library::open(common.library, {.access = library::Access::kReadOnly});
  if (!library && library.error().code() == ErrorCode::kNotFound) {
    return Error::not_found("no library in {}: make one with 'glimpse index FOLDER'", display(common.library));
  }
  GLIMPSE_RETURN_IF_ERROR(library);
  open.library = *std::move(library);
  GLIMPSE_ASSIGN_OR_RETURN(const auto active, open.library->active_generation());
  if (!active) {
    return Error::not_found("the library in {} has no pictures yet: run 'glimpse index FOLDER'",
                            display(common.library));
  }
  open.generation = *active;
  GLIMPSE_ASSIGN_OR_RETURN(open.model, open_library_model(common, *active));
  const int threads = common.threads > 0 ? common.threads : available_cpus();
  GLIMPSE_ASSIGN_OR_RETURN(open.engine,
                           search::Engine::open(*open.library, open.generation, *open.model.encoder, threads));
  return open;
}

}  // namespace glimpse::app
