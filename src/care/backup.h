#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "care/manifest.h"
#include "library/library.h"

namespace glimpse::care {

/// Writes a backup of the library in `library` to the new directory `target`: whole or not at all, as of one moment,
/// also while another process writes. The truth only: no caches, no models, never the pictures. The copy is checked in
/// full before it gets its name.
/// Errors: not_found; already_exists; corruption, when the library is damaged (nothing is written); io,
/// resource_exhausted.
Result<Manifest> back_up(const std::filesystem::path& library, const std::filesystem::path& target,
                         const std::string& glimpse_version);

/// Compares a backup with its sums and its manifest, and checks the database in full. Nothing is written.
/// Errors: not_found; corruption, naming what differs, also for links and for files that belong to no backup;
/// unsupported (a newer format or schema).
Result<Manifest> verify_backup(const std::filesystem::path& backup);

}  // namespace glimpse::care
