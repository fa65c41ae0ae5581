#pragma once

#include "base/error.h"

namespace glimpse::app {

/// What the shell sees, as grep has it: 0 found or done, 1 nothing found.
enum class ExitCode : int {
  kDone = 0,
  kNothingFound = 1,
  kUsage = 2,    ///< Also every failure that has no code of its own.
  kDamaged = 3,  ///< A file of the library or a model contradicts its format.
  kBusy = 4,     ///< Another process holds the library, a port, or a server is down.
  kWaiting = 5,  ///< Done in the library; what Qdrant could not be told waits for the next run.
  kInterrupted = 130,
};

constexpr ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kCorruption:
      return ExitCode::kDamaged;
    case ErrorCode::kUnavailable:
    case ErrorCode::kDeadlineExceeded:
      return ExitCode::kBusy;
    case ErrorCode::kCancelled:
      return ExitCode::kInterrupted;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kNotFound:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kUnsupported:
    case ErrorCode::kIo:
    case ErrorCode::kResourceExhausted:
    case ErrorCode::kInternal:
      return ExitCode::kUsage;
  }
  return ExitCode::kUsage;
}

}  // namespace glimpse::app
