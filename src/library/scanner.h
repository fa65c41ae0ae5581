#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/file.h"
#include "base/result.h"
#include "library/path_rules.h"
#include "library/scan_part.h"

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

/// A directory as it is about to be read.
struct ScannedDirectory {
  std::filesystem::path name;  ///< Relative to the root; empty: the root.
  bool beyond_link = false;    ///< The scan came here through a link to a directory.
};

struct ScanOptions {
  /// Whether a file of this name can be a picture, as image::has_picture_extension. Must be set.
  std::function<bool(const std::filesystem::path& file_name)> wanted;
  /// Only this part of the root.
  ScanPart part = {};
  /// What the user's globs say. Borrowed; null: none.
  const PathRules* rules = nullptr;
  /// Called before a directory is read, also for one that turns out to hold ".nomedia": whoever is told of changes to
  /// the directory from then on misses none.
  std::function<void(const ScannedDirectory&)> on_directory = {};
  /// Directories that are roots themselves and scanned on their own: not entered from here.
  std::vector<std::filesystem::path> other_roots = {};
  const CancelToken* cancel = nullptr;  ///< Borrowed.
};

struct ScanReport {
  std::vector<ScanFailure> failures;
  /// Directories that hold ".nomedia", or that the rules stop at on the way to the part; RAW files beside their JPEG.
  /// What the catalogue has there is to be forgotten: it did not vanish.
  std::vector<std::filesystem::path> passed_over;
  std::size_t raw_beside_jpeg = 0;  ///< RAW files among them.
  std::size_t files = 0;            ///< Handed to the sink.
  std::size_t directories = 0;      ///< Read.
};

/// Walks a root and hands each file that may be a picture to `sink`, in a fixed order. Opens directories only, no file.
///
/// Links to files are followed. Links to directories are followed unless they lead back to a directory on their own way
/// (symlink_loop) or to one that is walked anyhow (passed over in silence), so each directory is read once. Names that
/// skip_rules.h lists or the rules exclude are passed over, and directories that hold a file ".nomedia", the root
/// itself excepted, and RAW files beside a JPEG of the same name (raw_names.h).
///
/// Trouble below the start is recorded and the walk goes on. Errors: not_found or io when the start itself cannot be
/// read; cancelled.
Result<ScanReport> scan(const std::filesystem::path& root, const ScanOptions& options,
                        const std::function<void(FoundFile)>& sink);

}  // namespace glimpse::library
