#include <fmt/core.h>

#include "commands.h"
#include "json_text.h"
#include "library/library.h"
#include "model_store.h"

namespace glimpse::app {
namespace {

/// Vectors without their model answer nothing: neither those that answer now nor those that a rollback would lead to.
Result<void> check_unneeded(const CommonFlags& common, const StoredModel& stored) {
  const auto library = library::Library::open(common.library, {.access = library::Access::kReadOnly});
  if (!library && library.error().code() == ErrorCode::kNotFound) return {};
  GLIMPSE_RETURN_IF_ERROR(library);
  GLIMPSE_ASSIGN_OR_RETURN(const auto generations, (*library)->generations());
  for (const auto& generation : generations) {
    if (generation.model != stored.name && generation.model_directory != stored.directory) continue;
    if (generation.state == library::GenerationState::kActive) {
      return Error::invalid_argument("the library answers with '{}': 'glimpse model use' another first, or --force",
                                     stored.name);
    }
    return Error::invalid_argument(
        "the library has vectors of '{}', which a rollback needs it for: 'glimpse model drop {}' first, or --force",
        stored.name, generation.id.value);
  }
  return {};
}

}  // namespace

Result<ExitCode> run_model_remove(const CommonFlags& common, const ModelRemoveFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto stored, find_model(flags.name));
  if (!flags.force) GLIMPSE_RETURN_IF_ERROR(check_unneeded(common, stored));
  GLIMPSE_RETURN_IF_ERROR(remove_model(stored));
  if (common.json) {
    print_json({{"removed", stored.name}});
  } else {
    fmt::print(stderr, "removed {}\n", stored.name);
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
