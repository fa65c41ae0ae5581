#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "base/result.h"

namespace glimpse::server {

/// A regular file open for reading. Movable; closes itself.
class OpenFile {
 public:
  /// Opens `path`. With a `root`, which must contain the path, no symbolic link can lead outside it (openat2,
  /// RESOLVE_BENEATH). Never blocks on a FIFO. Errors: not_found also for anything but a regular file; io.
  static Result<OpenFile> open(const std::filesystem::path& path, const std::filesystem::path& root = {});
  OpenFile(OpenFile&& other) noexcept;
  OpenFile& operator=(OpenFile&& other) noexcept;
  ~OpenFile();

  std::uint64_t size() const { return size_; }
  std::int64_t mtime_ns() const { return mtime_ns_; }
  std::uint64_t inode() const { return inode_; }
  /// Reads at `offset` until `bytes` is full or the file ends; the number of bytes read.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> bytes) const;

 private:
  explicit OpenFile(int fd) : fd_(fd) {}
  int fd_ = -1;
  std::uint64_t size_ = 0;
  std::int64_t mtime_ns_ = 0;
  std::uint64_t inode_ = 0;
};

}  // namespace glimpse::server
