#pragma once

#include <filesystem>
#include <utility>

#include "base/result.h"

namespace glimpse::library {

/// The right to write to a library, held by one object on this machine. The system lets go of it when the process ends,
/// however it ends, so no lock is ever stale.
class WriterLock {
 public:
  /// Errors: unavailable, naming the process that holds it; io.
  static Result<WriterLock> acquire(const std::filesystem::path& file);
  WriterLock(WriterLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  WriterLock& operator=(WriterLock&&) = delete;
  ~WriterLock();

 private:
  explicit WriterLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace glimpse::library
