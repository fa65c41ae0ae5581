#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "index/exact_index.h"
#include "library/library.h"

namespace glimpse::library {

/// An index and how far into the library it reaches.
struct LoadedIndex {
  std::unique_ptr<index::ExactIndex> index;
  GenerationId generation;
  std::int64_t last_sequence = 0;  ///< Of the last vector looked at, of whatever generation.
  std::int64_t losses = 0;         ///< VectorMarks::losses, as far as they were taken over.
  std::vector<ImageId> damaged;    ///< Their vectors disagree with their checksums: embed these pictures again.
};

/// All good vectors of a generation in memory. Damaged ones are left out and listed. Errors: as
/// Library::for_each_vector.
Result<LoadedIndex> load_exact_index(const Library& library, const Generation& generation,
                                     const index::ExactIndexOptions& options = {});

/// Takes over what was committed since, also by another program: new and changed vectors, removed pictures. Searches go
/// on meanwhile. Not to be called by two threads at once on the same object. Takes as long as what is
/// new, and where something was deleted as reading all ids; ask Library::data_version first. Of a generation that was
/// dropped everything stays, for searches that are under way.
Result<void> refresh(const Library& library, LoadedIndex& loaded);

}  // namespace glimpse::library
