#include <fmt/core.h>

#include "commands.h"
#include "json_text.h"
#include "library/library.h"
#include "model_store.h"

namespace glimpse::app {

Result<ExitCode> run_model_remove(const CommonFlags& common, const ModelRemoveFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto stored, find_model(flags.name));
  if (const auto library = library::Library::open(common.library, {.create = false}); library && !flags.force) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto active, (*library)->active_generation());
    if (active && active->model == stored.name) {
      return Error::invalid_argument("the library answers with '{}': 'glimpse model use' another first, or --force",
                                     stored.name);
    }
  }
  GLIMPSE_RETURN_IF_ERROR(remove_model(stored));
  if (common.json) {
    print_json({{"removed", stored.name}});
  } else {
    fmt::print(stderr, "removed {}\n", stored.name);
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
