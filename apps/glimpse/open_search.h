#pragma once

#include <memory>

#include "base/result.h"
#include "flags.h"
#include "library/library.h"
#include "open_model.h"
#include "search/engine.h"

namespace glimpse::app {

/// Everything that answers queries, in the order in which it must be destroyed last to first.
struct OpenSearch {
  std::unique_ptr<library::Library> library;
  library::Generation generation;
  OpenModel model;
  std::unique_ptr<search::Engine> engine;
};

/// Opens the library read-only, its model and its index. Errors: not_found, saying what to run, when there are no
/// pictures.
Result<OpenSearch> open_search(const CommonFlags& common);

}  // namespace glimpse::app
