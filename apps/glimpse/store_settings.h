#pragma once

#include <string>

#include "base/result.h"
#include "flags.h"
#include "qdrant/mirror.h"
#include "qdrant/settings.h"

namespace glimpse::app {

/// Whether the flags name a Qdrant server: --store qdrant, or a URL and no --store local.
bool uses_qdrant(const StoreFlags& flags);

/// Patient, for work that can wait. Errors: invalid_argument (no URL); not_found, io (the key's file).
Result<qdrant::Settings> store_settings(const StoreFlags& flags);
/// For a person who waits: fails within seconds.
Result<qdrant::Settings> quick_store_settings(const StoreFlags& flags);

/// COLLECTION_NAME, or "glimpse".
std::string collection_name(const StoreFlags& flags);

qdrant::MirrorOptions mirror_options(const StoreFlags& flags);

}  // namespace glimpse::app
