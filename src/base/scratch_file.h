#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "base/result.h"

namespace glimpse {

/// A file without a name, for what does not fit into memory: gone when the object is, or the process, however it dies.
/// Bytes are only added. Reading is thread-safe beside one writer.
class ScratchFile {
 public:
  /// In that directory, which must be there. Errors: io.
  static Result<ScratchFile> create(const std::filesystem::path& directory);
  ScratchFile(ScratchFile&& other) noexcept;
  ScratchFile& operator=(ScratchFile&&) = delete;
  ~ScratchFile();

  std::uint64_t size_bytes() const { return size_bytes_; }
  /// Returns where they begin. Errors: resource_exhausted (the disk is full); io. Then the file is as it was.
  Result<std::uint64_t> append(std::span<const std::byte> bytes);
  /// Errors: corruption when there are fewer; io.
  Result<void> read(std::uint64_t offset, std::span<std::byte> bytes) const;

 private:
  ScratchFile(std::filesystem::path directory, int descriptor)
      : directory_(std::move(directory)), descriptor_(descriptor) {}
  std::filesystem::path directory_;
  int descriptor_ = -1;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace glimpse
