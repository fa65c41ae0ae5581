#pragma once

#include <filesystem>

#include "base/result.h"

// What write_file_atomically (base/file.h) is made of, for files and directories that are written in other ways.
namespace glimpse {

/// Waits until what was written to the file is on the disk. Errors: not_found, io.
Result<void> sync_file(const std::filesystem::path& file);

/// Waits until the names in the directory are on the disk. Errors: not_found, io.
Result<void> sync_directory(const std::filesystem::path& directory);

/// Renames, in one step, to a name that nothing has. Errors: already_exists; not_found, io.
Result<void> rename_to_free_name(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace glimpse
