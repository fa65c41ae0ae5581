// Counting everything, for a backup's manifest.
#include "library/library.h"
#include "library/library_state.h"
#include "library/schema.h"

namespace glimpse::library {

Result<Inventory> Library::inventory() const {
  Inventory inventory;
  GLIMPSE_ASSIGN_OR_RETURN(const auto all_roots, roots());
  GLIMPSE_ASSIGN_OR_RETURN(const auto all_generations, generations());
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(inventory.schema, schema_version(*reader));
  GLIMPSE_ASSIGN_OR_RETURN(inventory.failures, reader->integer("SELECT count(*) FROM failures"));
  if (inventory.schema >= 2) {
    GLIMPSE_ASSIGN_OR_RETURN(inventory.captions, reader->integer("SELECT count(*) FROM captions"));
  }
  if (inventory.schema >= 4) {
    GLIMPSE_ASSIGN_OR_RETURN(inventory.judgments, reader->integer("SELECT count(*) FROM judgments"));
  }
  for (const Root& root : all_roots) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto pictures,
                             reader->integer("SELECT count(*) FROM pictures WHERE root = ?", root.id.value));
    inventory.roots.push_back({root, pictures});
  }
  for (const Generation& generation : all_generations) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto vectors,
                             reader->integer("SELECT count(*) FROM vectors WHERE generation = ?", generation.id.value));
    inventory.generations.push_back({generation, vectors});
  }
  return inventory;
}

}  // namespace glimpse::library
