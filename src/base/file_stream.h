#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "base/result.h"

namespace glimpse {

/// Reads a regular file from its beginning, piece by piece, for files too large to be held twice.
class FileReader {
 public:
  /// Errors: as read_file.
  static Result<FileReader> open(const std::filesystem::path& path);
  FileReader(FileReader&& other) noexcept;
  FileReader& operator=(FileReader&&) = delete;
  ~FileReader();

  std::uint64_t size_bytes() const { return size_bytes_; }  ///< When it was opened.
  /// Fills `bytes` with those that come next. Errors: corruption when the file has fewer; io.
  Result<void> read(std::span<std::byte> bytes);

 private:
  FileReader(std::filesystem::path path, int descriptor, std::uint64_t size_bytes)
      : path_(std::move(path)), descriptor_(descriptor), size_bytes_(size_bytes) {}
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_bytes_ = 0;
};

/// Writes a file piece by piece beside `path`, which it replaces as a whole at commit(), as write_file_atomically does.
/// Without commit() nothing is changed.
class FileWriter {
 public:
  static Result<FileWriter> create(const std::filesystem::path& path);
  FileWriter(FileWriter&& other) noexcept;
  FileWriter& operator=(FileWriter&&) = delete;
  ~FileWriter();

  /// Errors: io; resource_exhausted (disk full).
  Result<void> write(std::span<const std::byte> bytes);
  Result<void> commit();

 private:
  FileWriter(std::filesystem::path path, std::filesystem::path temporary, int descriptor)
      : path_(std::move(path)), temporary_(std::move(temporary)), descriptor_(descriptor) {}
  Result<void> flush();
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
  std::vector<std::byte> buffer_;
};

}  // namespace glimpse
