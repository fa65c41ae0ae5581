#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "library/library.h"
#include "library/scanner.h"

namespace glimpse::library {

struct ChangeOptions {
  /// Believe the scan: forget what vanished even when it looks like a disk that is not there.
  bool force = false;
  /// Also retry files that failed before and did not change.
  bool retry_failed = false;
  /// More than this share of a root's pictures vanished at once, and at least `min_vanished`: the root counts as
  /// offline. Below min_vanished being wrong is cheap: that many pictures are embedded again in a second.
  double max_vanished_share = 0.2;
  std::size_t min_vanished = 10;
};

/// What a scan brought home.
struct Scanned {
  std::vector<FoundFile> found;
  std::vector<ScanFailure> failures = {};
  std::vector<std::filesystem::path> passed_over = {};
  std::size_t raw_beside_jpeg = 0;
};

/// What a scan is compared with.
struct Known {
  std::vector<KnownFile> files;      ///< Of the parts that were scanned.
  std::size_t other_pictures = 0;    ///< Of the rest of the root: left alone, but they count for what share is lost.
  const PathRules* rules = nullptr;  ///< Borrowed; null: no globs.
};

struct AddedFile : FoundFile {
  /// A vanished picture of the same size and modification time. If its content is the same too (compare hashes), move
  /// its row (WriteBatch::move_picture) in place of embedding again.
  std::optional<ImageId> moved_from;
};

struct ChangedFile : FoundFile {
  ImageId id;
};

/// The difference between a root on disk and in the catalogue. Unchanged files were not opened.
struct Changes {
  std::vector<AddedFile> added;               ///< New files, and failed ones that changed.
  std::vector<ChangedFile> changed;           ///< Pictures with another size or time.
  std::vector<ImageId> gone;                  ///< To forget once moves are settled. Empty when the root is offline.
  std::vector<std::filesystem::path> mended;  ///< Failures to forget: their file is gone.
  std::vector<ScanFailure> failures;          ///< To record.
  std::size_t unchanged = 0;                  ///< Pictures.
  std::size_t still_failed = 0;               ///< Failures that did not change.
  std::size_t excluded = 0;                   ///< Of `gone`, those that the rules now pass over.
  std::size_t raw_beside_jpeg = 0;            ///< RAW files that were passed over.
  std::size_t kept = 0;                       ///< Vanished pictures that are kept: offline root, unreadable directory.
  RootState state = RootState::kOnline;
  std::string offline_reason;  ///< For people; empty when online.
};

/// Scans a root, or the parts of it that are given, and compares. A root that is offline is always scanned as a whole.
/// What is passed over by now is gone, however much it is. A missing or unreadable root is no error: it is offline, and
/// nothing is gone. Errors: cancelled, and those of Library::known_files.
Result<Changes> find_changes(const Library& library, const Root& root, const ScanOptions& scan_options,
                             const ChangeOptions& options = {}, std::vector<ScanPart> parts = {});

/// The comparison alone.
Changes compare(const Known& known, Scanned scanned, const ChangeOptions& options);

}  // namespace glimpse::library
