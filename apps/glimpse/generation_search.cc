#include "generation_search.h"

#include <fmt/core.h>

#include <utility>

#include "base/file.h"
#include "generation_choice.h"
#include "open_search.h"
#include "terminal.h"

namespace glimpse::app {

using library::GenerationState;

Result<library::Generation> generation_to_ask(const library::Library& library, const std::string& name_or_id) {
  if (name_or_id.empty()) {
    GLIMPSE_ASSIGN_OR_RETURN(auto active, library.active_generation());
    if (active) return *std::move(active);
    return Error::not_found("no pictures in the library in {}: run 'glimpse index FOLDER'",
                            display(library.directory()));
  }
  GLIMPSE_ASSIGN_OR_RETURN(auto generation, find_generation(library, name_or_id));
  if (generation.state != GenerationState::kBuilding) return generation;
  return Error::invalid_argument(
      "generation {} ({}) is still being made and would answer from a part of the pictures: finish it with 'glimpse "
      "model use {}' first",
      generation.id.value, generation.model, generation.model);
}

Result<GenerationSearch> open_generation(const CommonFlags& common, const library::Library& library,
                                         const library::Generation& generation) {
  GenerationSearch open{.generation = generation, .model = {}, .engine = nullptr};
  CommonFlags flags = common;
  if (generation.state != GenerationState::kActive) {
    flags.model.clear();  // names the active one's, if anything
    GLIMPSE_ASSIGN_OR_RETURN(const auto lacking, library.lacking_pictures(generation.id));
    if (!lacking.empty()) {
      fmt::print(stderr, "glimpse: {} pictures have no vector in generation {} ({}) and cannot be found by it\n",
                 human_count(static_cast<std::int64_t>(lacking.size())), generation.id.value, generation.model);
    }
  }
  GLIMPSE_ASSIGN_OR_RETURN(open.model, open_library_model(flags, generation));
  GLIMPSE_ASSIGN_OR_RETURN(auto index, index_options(common));
  index.background = false;
  GLIMPSE_ASSIGN_OR_RETURN(open.engine, search::Engine::open(library, generation, *open.model.encoder, index));
  return open;
}

}  // namespace glimpse::app
