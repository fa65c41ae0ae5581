#pragma once

#include <chrono>
#include <filesystem>
#include <utility>

#include "base/result.h"

namespace glimpse::library {

/// The right to write to a library, held by one object on this machine. The system lets go of it when the process ends,
/// however it ends, so no lock is ever stale.
class WriterLock {
 public:
  /// Waits up to `wait` for whoever holds it. Those who wait get it before those who give it up and want it again at
  /// once, so that somebody who writes in short turns keeps nobody out. Errors: unavailable, naming the process that
  /// holds it; io.
  static Result<WriterLock> acquire(const std::filesystem::path& file, std::chrono::milliseconds wait = {});
  WriterLock(WriterLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  WriterLock& operator=(WriterLock&&) = delete;
  ~WriterLock();

 private:
  explicit WriterLock(int descriptor) : descriptor_(descriptor) {}
  /// False: somebody else still has it after `wait`.
  Result<bool> take(const std::filesystem::path& file, std::chrono::milliseconds wait) const;
  int descriptor_;
};

}  // namespace glimpse::library
