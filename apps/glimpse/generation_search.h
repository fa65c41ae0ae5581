#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "flags.h"
#include "library/library.h"
#include "open_model.h"
#include "search/engine.h"

namespace glimpse::app {

/// What answers from the vectors of one generation, whether it is the active one or not.
struct GenerationSearch {
  library::Generation generation;
  OpenModel model;
  std::unique_ptr<search::Engine> engine;
};

/// The generation to ask: that of the name or id, or with an empty one the active. Errors: not_found, saying what to
/// run; invalid_argument for one that is being made, as what it finds would be of a part of the pictures.
Result<library::Generation> generation_to_ask(const library::Library& library, const std::string& name_or_id);

/// Opens its model and its vectors. `library` must outlive it. Pictures that lack a vector in a generation that is not
/// active are told on standard error: they cannot be found. Errors: the model's, the index's.
Result<GenerationSearch> open_generation(const CommonFlags& common, const library::Library& library,
                                         const library::Generation& generation);

}  // namespace glimpse::app
