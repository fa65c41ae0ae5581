#pragma once

#include <chrono>
#include <string>

#include "base/cancel.h"
#include "base/result.h"
#include "flags.h"

namespace glimpse::app {

/// Keeps a Qdrant collection up with a library that is followed: after each burst, and again later when Qdrant was
/// down. Does nothing where the flags name no Qdrant. The library is open for writing only meanwhile, and whoever waits
/// to write comes first. Used from one thread.
class WatchMirror {
 public:
  /// Both must outlive it.
  WatchMirror(const CommonFlags& common, const CancelToken& cancel) : common_(common), cancel_(cancel) {}

  /// There is something new.
  void changed();
  /// To be called now and then.
  void at_rest();

 private:
  using Clock = std::chrono::steady_clock;
  Result<void> sync();
  void fail(const Error& error);

  const CommonFlags& common_;
  const CancelToken& cancel_;
  bool dirty_ = true;  ///< What an earlier run could not send waits, too.
  Clock::time_point next_{};
  std::chrono::seconds pause_{0};
  std::string said_;
};

}  // namespace glimpse::app
