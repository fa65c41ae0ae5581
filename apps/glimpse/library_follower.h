#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/cancel.h"
#include "base/result.h"
#include "encode/encoder.h"
#include "flags.h"
#include "library/follower.h"
#include "library/indexer.h"
#include "library/library.h"
#include "library/presence.h"

namespace glimpse::app {

/// The model that pictures are embedded with while a library is followed.
struct FollowModel {
  library::Generation generation;
  encode::Encoder* encoder = nullptr;
  std::shared_ptr<void> owner;  ///< Keeps the encoder.
};

/// One burst of changes, applied.
struct Burst {
  library::IndexReport report;
  library::Status status;
  double seconds = 0;
};

struct FollowerHooks {
  /// The model of the library's active generation, given the library open for writing.
  std::function<Result<FollowModel>(library::Library&)> model;
  std::function<void(const Burst&)> applied;
  std::function<void(const std::string&)> trouble;
  std::function<void()> at_rest = [] {};  ///< Every few seconds, from the same thread.
};

/// Keeps a library equal to its folders while it runs. The library is open for writing only while a burst is applied,
/// and a command that waits to write interrupts one: its rest is applied later.
class LibraryFollower {
 public:
  /// Errors: unavailable when another process follows this library; not_found when there is none; the watcher's.
  static Result<std::unique_ptr<LibraryFollower>> start(const CommonFlags& common, const FollowFlags& flags,
                                                        FollowerHooks hooks);

  /// Until stop(). Errors: library::follow's.
  Result<void> run();
  /// Async-signal-safe.
  void stop();
  /// Whether stop() came while changes waited to be applied, or were being applied.
  bool work_was_left() const { return watcher_->dirty(); }

 private:
  LibraryFollower(CommonFlags common, const FollowFlags& flags, FollowerHooks hooks, library::Presence presence,
                  std::unique_ptr<library::Watcher> watcher);
  Result<std::vector<library::FollowedRoot>> roots();
  Result<void> apply(const library::PartsOfRoots& parts);

  const CommonFlags common_;
  const FollowFlags flags_;
  const FollowerHooks hooks_;
  const library::Presence presence_;
  const std::unique_ptr<library::Watcher> watcher_;
  std::unique_ptr<library::Library> reader_;
  CancelToken cancel_;
};

}  // namespace glimpse::app
