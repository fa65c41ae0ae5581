#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "library/watcher.h"

namespace glimpse::library {

/// A root and what its scans take, as it is now.
struct FollowedRoot {
  Root root;
  RootRules rules;
};

struct FollowOptions {
  std::chrono::milliseconds settle{300};           ///< So long after the latest change, changes are applied…
  std::chrono::milliseconds settle_at_most{3000};  ///< …or so long after the first one.
  std::chrono::milliseconds look{2000};            ///< How often roots, and what the user wants of them, are looked at.
  std::chrono::seconds rescan{3600};               ///< How often everything is scanned, to be sure.
  std::chrono::seconds rescan_half_watched{60};    ///< The same for what the kernel does not watch, at the least.
};

/// What following needs of the program around it. All are called from the thread that runs follow().
struct FollowHooks {
  std::function<Result<std::vector<FollowedRoot>>()> roots;
  /// Makes the library equal to these parts. Errors: unavailable (somebody else writes) and cancelled (made way for
  /// somebody) are tried again, and so is any other, ever more rarely, after trouble() has heard of it.
  std::function<Result<void>(const PartsOfRoots& parts)> apply;
  std::function<void(const std::string& message)> trouble;
  /// Everything that was noticed has been applied.
  std::function<void()> settled;
};

/// Follows roots until `cancel`: applies what `watcher` notices, burst by burst. Watcher::wake() after cancelling ends
/// it at once. Errors: Watcher::read's.
Result<void> follow(Watcher& watcher, const FollowOptions& options, const FollowHooks& hooks,
                    const CancelToken& cancel);

}  // namespace glimpse::library
