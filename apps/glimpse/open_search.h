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

/// How long the search is for.
enum class SearchFor {
  kOneQuery,  ///< No graph is built for it: one from a file is used, else vectors are compared.
  kServer,
};

/// How --index and the memory of this process would have vectors searched. Errors: invalid_argument.
Result<library::LoadOptions> index_options(const CommonFlags& common);

/// Opens the library read-only, its model and its index; nothing when there is no library or nothing was indexed into
/// it. Errors: the library's, the model's.
Result<std::optional<OpenSearch>> try_open_search(const CommonFlags& common, FirstQuery first, SearchFor purpose);
/// The same for one query, but nothing is an error too: not_found, saying what to run.
Result<OpenSearch> open_search(const CommonFlags& common, FirstQuery first);

}  // namespace glimpse::app
