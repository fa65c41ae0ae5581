#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/file.h"
#include "base/result.h"

namespace glimpse::library {

struct FoundFile {
  std::filesystem::path name;  ///< Relative to the root, bytes as the file system has them.
  FileStamp stamp;
};

/// What could not be looked at. Reason codes: "unreadable_directory", "unreadable", "special_file" (FIFO, socket,
/// device), "dangling_symlink", "symlink_loop", "name_too_long".
struct ScanFailure {
  std::filesystem::path name;
  std::string reason;
  std::string message;
  bool directory = false;  ///< What lies below is unknown, not gone.
};

struct ScanOptions {
  /// Whether a file of this name can be a picture, as image::has_picture_extension. Must be set.
  std::function<bool(const std::filesystem::path& file_name)> wanted;
  /// Only this part of the root, relative to it.
  std::filesystem::path inside;
  /// Directories that are roots themselves and scanned on their own: not entered from here.
  std::vector<std::filesystem::path> other_roots;
  const CancelToken* cancel = nullptr;  ///< Borrowed.
};

struct ScanReport {
  std::vector<ScanFailure> failures;
  std::size_t files = 0;        ///< Handed to the sink.
  std::size_t directories = 0;  ///< Read.
};

/// Walks a root and hands each file that may be a picture to `sink`, in a fixed order. Opens directories only, no file.
///
/// Links to files are followed. Links to directories are followed unless they lead back to a directory on their own way
/// (symlink_loop) or to one that is walked anyhow (passed over in silence), so each directory is read once. Names that
/// skip_rules.h lists are passed over, and directories that hold a file ".nomedia", the start itself excepted.
///
/// Trouble below the start is recorded and the walk goes on. Errors: not_found or io when the start itself cannot be
/// read; cancelled.
Result<ScanReport> scan(const std::filesystem::path& root, const ScanOptions& options,
                        const std::function<void(FoundFile)>& sink);

}  // namespace glimpse::library
