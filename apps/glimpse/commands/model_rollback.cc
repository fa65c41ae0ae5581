#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "commands.h"
#include "generation_choice.h"
#include "json_text.h"
#include "library/library.h"
#include "open_library.h"
#include "open_model.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

Result<library::Generation> target_of(const library::Library& library, const ModelRollbackFlags& flags) {
  if (!flags.to.empty()) return find_generation(library, flags.to);
  GLIMPSE_ASSIGN_OR_RETURN(const auto previous, library.previous_generation());
  if (previous) return *previous;
  return Error::not_found("there is no other model to go back to: 'glimpse model use' switches to a new one");
}

/// Whether it could answer: complete once, and its model still here and the same.
Result<void> check_usable(const CommonFlags& common, const library::Generation& generation) {
  if (generation.state == library::GenerationState::kBuilding) {
    return Error::invalid_argument("generation {} ({}) was never complete: 'glimpse model use {}' goes on with it",
                                   generation.id.value, generation.model, generation.model);
  }
  CommonFlags own = common;
  own.model.clear();
  const auto model = open_library_model(own, generation);
  return model ? Result<void>() : model.error().with_context(fmt::format("model '{}'", generation.model));
}

}  // namespace

Result<ExitCode> run_model_rollback(const CommonFlags& common, const ModelRollbackFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto library, open_to_write(common));
  GLIMPSE_ASSIGN_OR_RETURN(const auto target, target_of(*library, flags));
  GLIMPSE_RETURN_IF_ERROR(check_usable(common, target));
  GLIMPSE_RETURN_IF_ERROR(library->activate(target.id));
  GLIMPSE_ASSIGN_OR_RETURN(const auto lacking, library->lacking_pictures(target.id));
  if (common.json) {
    print_json({{"model", target.model},
                {"generation", target.id.value},
                {"dimension", target.dimension},
                {"lacking", lacking.size()}});
    return ExitCode::kDone;
  }
  fmt::print(stderr, "the library now answers with {}\n", target.model);
  if (!lacking.empty()) {
    fmt::print(stderr, "{} pictures have no vector of it yet: 'glimpse index' makes them\n",
               human_count(static_cast<std::int64_t>(lacking.size())));
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
