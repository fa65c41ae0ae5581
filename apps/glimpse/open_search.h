#pragma once

#include <memory>
#include <optional>

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

/// What the first query will be.
enum class FirstQuery {
  kWords,    ///< The words' tower is loaded at once, while the index is.
  kPicture,  ///< Its tower is loaded when it comes.
};

/// Opens the library read-only, its model and its index; nothing when there is no library or nothing was indexed into
/// it. Errors: the library's, the model's.
Result<std::optional<OpenSearch>> try_open_search(const CommonFlags& common, FirstQuery first);
/// The same, but nothing is an error too: not_found, saying what to run.
Result<OpenSearch> open_search(const CommonFlags& common, FirstQuery first);

}  // namespace glimpse::app
