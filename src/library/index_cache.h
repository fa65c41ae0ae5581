#pragma once

#include <filesystem>

#include "base/result.h"
#include "index/index_file.h"
#include "index/index_kind.h"
#include "library/library.h"

namespace glimpse::library {

/// Where the library's cache keeps an index: cache/index/<generation>.<kind>.index.
std::filesystem::path index_file_path(const Library& library, GenerationId generation, index::IndexKind kind);

/// Writes it there, and removes files of generations that are no more. Errors: io, resource_exhausted; the library may
/// not be writable, which a caller can live with.
Result<void> write_index_file(const Library& library, GenerationId generation, index::IndexKind kind,
                              const index::IndexSource& source, const index::IndexContents& contents);

}  // namespace glimpse::library
