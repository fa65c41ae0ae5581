#include "index_status.h"

#include "base/file.h"
#include "library/index_cache.h"
#include "open_search.h"

namespace glimpse::app {

Result<IndexStatus> index_status(const CommonFlags& common, const library::Library& library,
                                 const library::Status& status) {
  if (!status.active) return IndexStatus{};
  GLIMPSE_ASSIGN_OR_RETURN(const auto options, index_options(common));
  const auto chosen = index::choose_index(static_cast<std::size_t>(status.vectors),
                                          static_cast<std::size_t>(status.active->dimension), options.memory_budget);
  IndexStatus found{.kind = options.kind.value_or(chosen)};
  const auto stamp = stamp_of(library::index_file_path(library, status.active->id, found.kind));
  if (stamp) found.file_bytes = stamp->size_bytes;
  return found;
}

}  // namespace glimpse::app
