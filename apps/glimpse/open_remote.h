#pragma once

#include <memory>
#include <optional>

#include "base/result.h"
#include "flags.h"
#include "open_model.h"
#include "open_search.h"
#include "qdrant/store.h"
#include "remote_files.h"
#include "search/remote_engine.h"

namespace glimpse::app {

/// Everything that answers queries from Qdrant, in the order in which it must be destroyed last to first.
struct OpenRemote {
  qdrant::Target target;
  library::Generation generation;  ///< Of no library: model and fingerprint, and a number that all servers make of it.
  OpenModel model;
  std::unique_ptr<search::RemoteEngine> engine;
};

/// What answers are for.
enum class RemoteUse { kCommand, kServer };

/// Opens the collection that the name leads to and its model: the one that --model names, else the one that the points
/// name, else the default. `client` and `files` must outlive it. Nothing when there is no collection.
/// Errors: the store's; the model's; invalid_argument when model and collection do not belong together.
Result<std::optional<OpenRemote>> try_open_remote(const CommonFlags& common, const qdrant::Store& store,
                                                  const RemoteFiles& files, FirstQuery first, RemoteUse use);

/// What to say where there is no collection.
Error no_collection(const qdrant::Store& store);

}  // namespace glimpse::app
