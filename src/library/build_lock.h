#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/result.h"
#include "library/ids.h"
#include "library/writer_lock.h"

namespace glimpse::library {

/// How far a build of a generation is. Of one process: what it found done when it started is not in its rate.
struct BuildState {
  std::int64_t process = 0;
  GenerationId generation;
  std::int64_t found = 0;          ///< Pictures that had a vector when the process started.
  std::int64_t done = 0;           ///< Given one since.
  std::int64_t skipped = 0;        ///< Could not be read, or are gone.
  std::int64_t total = 0;          ///< found + all that are to be looked at.
  std::int64_t started_at_ms = 0;  ///< Of the first picture, model loaded; 0: not yet.
  std::int64_t told_at_ms = 0;     ///< When this was written.

  bool operator==(const BuildState&) const = default;
  /// Pictures a second, between the first and the last telling; 0: not known yet.
  double rate() const;
  /// Seconds that the rest will take; nothing without a rate.
  std::optional<double> seconds_left() const;
};

/// The right to build a generation of a library, held beside its writer's lock, and for as long as the build runs: that
/// it is held is the only sign of a running build, so a killed one leaves none behind.
class BuildLock {
 public:
  /// Errors: unavailable, naming the process that builds; io.
  static Result<BuildLock> acquire(const std::filesystem::path& library_directory);

  /// Tells others how far it is. Best effort: a full disk keeps nobody from building.
  void tell(BuildState state) const;

 private:
  BuildLock(WriterLock lock, std::filesystem::path file) : lock_(std::move(lock)), file_(std::move(file)) {}
  WriterLock lock_;
  std::filesystem::path file_;
};

/// The build that runs now, on this machine. One that has only just started has told nothing but its process.
Result<std::optional<BuildState>> running_build(const std::filesystem::path& library_directory);

/// Asks it to stop, as Ctrl-C would, and waits until it has. False: none ran. Errors: deadline_exceeded; io.
Result<bool> stop_build(const std::filesystem::path& library_directory, std::chrono::milliseconds wait);

}  // namespace glimpse::library
