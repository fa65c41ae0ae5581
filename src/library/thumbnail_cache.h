#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/hash.h"
#include "base/result.h"

namespace glimpse::library {

/// Thumbnails on disk, by content of the picture and size: a cache, safe to delete at any time, also while in use. Each
/// file is verified when read (docs/formats/library.md). When the files together pass `max_bytes`, those unused the
/// longest go. All methods are thread-safe; several programs may share a directory.
class ThumbnailCache {
 public:
  /// Makes the directory when missing. Errors: io.
  static Result<std::unique_ptr<ThumbnailCache>> open(std::filesystem::path directory,
                                                      std::uint64_t max_bytes = std::uint64_t{512} << 20);
  ~ThumbnailCache();

  /// Empty when there is none, or a damaged one, which is removed.
  std::optional<std::vector<std::byte>> find(const Hash128& content, int max_side);

  /// Errors: io, resource_exhausted. A caller can go on without the cache.
  Result<void> put(const Hash128& content, int max_side, std::span<const std::byte> bytes);

  /// What the files take, as far as this object knows.
  std::uint64_t size_bytes() const;

 private:
  struct State;
  explicit ThumbnailCache(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Whether a file of the cache is what its name says, byte for byte. Errors: corruption; not_found, io.
Result<void> check_thumbnail_file(const std::filesystem::path& file);

}  // namespace glimpse::library
