#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace glimpse {

/// What identifies one state of a regular file without reading it.
struct FileStamp {
  std::uint64_t size_bytes = 0;
  std::int64_t mtime_ns = 0;  ///< Nanoseconds since 1970.
  bool operator==(const FileStamp&) const = default;
};

/// Reads a whole regular file. Never blocks on a FIFO or device: anything but a regular file is invalid_argument.
/// Errors: not_found; io; resource_exhausted when the file has more than `max_bytes` (checked before allocating).
Result<std::vector<std::byte>> read_file(const std::filesystem::path& path, std::uint64_t max_bytes);

/// The first `max_bytes` of a regular file, or all it has. Errors: not_found, invalid_argument, io.
Result<std::vector<std::byte>> read_file_start(const std::filesystem::path& path, std::uint64_t max_bytes);

/// Like read_file, for text.
Result<std::string> read_text_file(const std::filesystem::path& path, std::uint64_t max_bytes);

/// Size and modification time of a regular file. Errors as read_file.
Result<FileStamp> stamp_of(const std::filesystem::path& path);

/// Replaces `path` as a whole: a reader, also after a power cut, sees the old bytes or the new, never a mixture
/// (temporary file in the same directory, fsync, rename, fsync of the directory).
Result<void> write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes);
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view text);

/// A name beside `path` that no other writer uses, for what is to take its place.
std::filesystem::path temporary_beside(const std::filesystem::path& path);
/// Puts the finished file `temporary` in the place of `path`, as write_file_atomically does; for files that are too
/// large to be held in memory. When it fails, `temporary` is removed.
Result<void> move_into_place(const std::filesystem::path& temporary, const std::filesystem::path& path);

/// A memory-mapped regular file, read-only. The mapping lives as long as the object; movable, not copyable.
/// For files that only we replace, and only by rename: a file truncated in place under a mapping faults.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

/// The path as printable UTF-8: bytes that are no UTF-8 become U+FFFD.
std::string display(const std::filesystem::path& path);

}  // namespace glimpse
