#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/scratch_file.h"

namespace glimpse::autograd {

/// Where that is kept which frozen parts of a model give, so that they are run once for each picture and sentence.
struct FeatureOptions {
  std::uint64_t memory_bytes = std::uint64_t{256} << 20;
  std::filesystem::path spill = {};  ///< A directory for a file without a name, when memory is full. Empty: none.
  std::uint64_t disk_bytes = 0;  ///< The most that is written there; the disk's last gigabyte is left alone besides.
};

struct FeatureUse {
  std::size_t rows = 0;  ///< That are kept.
  std::uint64_t memory_bytes = 0, disk_bytes = 0;
};

/// Bytes by key, in memory up to a bound, then on disk up to another. What is kept stays kept; what finds no room is
/// not kept, and nobody is told, for it can be computed again. Thread-safe.
class FeatureStore {
 public:
  explicit FeatureStore(FeatureOptions options) : options_(std::move(options)) {}

  bool holds(const Hash128& key) const;
  /// Nothing when it is not kept. Errors: io (the disk); corruption (what was read is not what was written).
  Result<std::optional<std::vector<std::byte>>> find(const Hash128& key) const;
  void keep(const Hash128& key, std::span<const std::byte> bytes);
  FeatureUse use() const;

 private:
  struct OnDisk {
    std::uint64_t offset = 0, size = 0;
    Hash128 hash;
  };
  std::optional<OnDisk> spilled(std::span<const std::byte> bytes);
  bool disk_has_room(std::size_t bytes) const;

  const FeatureOptions options_;
  mutable std::mutex mutex_;
  std::map<Hash128, std::variant<std::vector<std::byte>, OnDisk>> kept_;
  std::uint64_t memory_used_ = 0;
  std::optional<ScratchFile> file_;
  bool disk_failed_ = false;
};

}  // namespace glimpse::autograd
