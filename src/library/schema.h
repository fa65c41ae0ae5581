#pragma once

#include <filesystem>

#include "base/result.h"
#include "library/sqlite.h"

namespace glimpse::library {

/// "GLMP": marks library.sqlite as ours (PRAGMA application_id).
inline constexpr int kApplicationId = 0x474C4D50;

/// The schema this build writes (PRAGMA user_version). docs/formats/library.md lists the versions.
inline constexpr int kSchemaVersion = 1;

/// Makes an empty library file, complete or not at all. Errors: io, resource_exhausted.
Result<void> create_database(const std::filesystem::path& file);

/// Brings an existing file to kSchemaVersion, each step one transaction, or, with `may_write` false, only looks.
/// Errors: corruption for a file that is none of ours or whose tables differ; unsupported for a newer schema, and for
/// an older one that may not be written.
Result<void> migrate(Connection& connection, bool may_write);

}  // namespace glimpse::library
