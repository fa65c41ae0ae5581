#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "library/sqlite.h"

namespace glimpse::library {

/// "GLMP": marks library.sqlite as ours (PRAGMA application_id).
inline constexpr int kApplicationId = 0x474C4D50;

/// The schema this build writes (PRAGMA user_version). docs/formats/library.md lists the versions.
inline constexpr int kSchemaVersion = 4;

/// Makes an empty library file, complete or not at all. Errors: io, resource_exhausted.
Result<void> create_database(const std::filesystem::path& file);

/// Brings an existing file to kSchemaVersion, each step one transaction. With `may_write` false it only looks: an older
/// file stays as it is and is read without what it lacks (has_captions).
/// Errors: corruption for a file that is none of ours or whose tables differ; unsupported for a newer schema.
Result<void> migrate(Connection& connection, bool may_write);

/// The file's schema version by now: one that was opened for reading may be brought up by a writer. What a version
/// added is there from it on: captions 2; details, globs, losses and remote points 3; judgments 4.
Result<std::int64_t> schema_version(Connection& connection);

/// Whether the file has captions (schema 2) by now: one that was opened for reading may be brought up by a writer.
Result<bool> has_captions(Connection& connection);

/// The same of details (schema 3).
Result<bool> has_details(Connection& connection);

/// The same of judgments (schema 4).
Result<bool> has_judgments(Connection& connection);

}  // namespace glimpse::library
