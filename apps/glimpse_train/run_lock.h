#pragma once

#include <filesystem>

#include "base/result.h"

namespace glimpse::app {

/// Holds a run's directory for one process, until it ends, however it ends.
class RunLock {
 public:
  /// Errors: unavailable (another process trains there); io.
  static Result<RunLock> take(const std::filesystem::path& run);
  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&&) = delete;
  ~RunLock();

 private:
  explicit RunLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace glimpse::app
