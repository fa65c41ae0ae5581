#pragma once

#include <filesystem>
#include <functional>

#include "base/cancel.h"
#include "base/result.h"
#include "library/library.h"

namespace glimpse::library {

/// Writing to a library now and then, for somebody who works on it for long: it is opened for each piece of work and
/// closed after it, so that others get their turn in between. Not thread-safe.
class WriteTurns {
 public:
  /// `cancel` must outlive it.
  WriteTurns(std::filesystem::path directory, const CancelToken& cancel)
      : directory_(std::move(directory)), cancel_(cancel) {}

  /// Waits for others to be done with their turns, however long that is, and gives `work` the library. Asked to stop,
  /// it still waits for some seconds, to store what was done. Errors: cancelled; Library::open's; work's.
  Result<void> take(const std::function<Result<void>(Library&)>& work, bool create = false) const;

 private:
  const std::filesystem::path directory_;
  const CancelToken& cancel_;
};

}  // namespace glimpse::library
