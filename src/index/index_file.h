#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "index/ids.h"
#include "index/index_contents.h"

namespace glimpse::index {

/// What the rows of a file were taken from, and how far. docs/formats/vector-index.md.
struct IndexSource {
  Hash128 model;                   ///< Of the fingerprint of the model that made the vectors.
  std::int64_t generation = 0;     ///< The library's number for that model.
  std::int64_t last_sequence = 0;  ///< Of the vectors taken.
  std::int64_t last_checksum = 0;  ///< Of the last vector taken.
  std::int64_t losses = 0;         ///< Vectors that the library had deleted by then.
  std::vector<ImageId> damaged;    ///< Pictures whose vectors were damaged then, and are not among the rows.
};

struct IndexFile {
  IndexSource source;
  IndexContents contents;
};

/// Writes an index as a whole (temporary file, fsync, rename, fsync of the directory). Errors: io, resource_exhausted.
Result<void> save_index(const std::filesystem::path& path, const IndexSource& source, const IndexContents& contents);

/// Reads one back. Nothing of it is used before the hash over all of it agrees, and no link of its graph before it was
/// checked; a file is not read further when its header is not about rows of this storage and dimension, of this model
/// and generation. Errors: not_found; corruption for anything that is not as save_index() wrote it, and for another
/// version or source: make the index from the library then; io.
Result<IndexFile> load_index(const std::filesystem::path& path, const IndexSource& expected, RowStorage storage,
                             std::size_t dimension, const HnswParameters& parameters);

/// Whether a file is whole, whatever it is an index of. Errors: not_found; corruption; unsupported (another version);
/// io.
Result<void> check_index_file(const std::filesystem::path& path);

}  // namespace glimpse::index
