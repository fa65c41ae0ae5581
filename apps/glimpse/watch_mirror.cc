#include "watch_mirror.h"

#include <fmt/core.h>

#include <algorithm>

#include "library/library.h"
#include "makes_way.h"
#include "mirroring.h"
#include "store_settings.h"

namespace glimpse::app {
namespace {

constexpr std::chrono::seconds kFirstPause{5}, kLongestPause{60};

}  // namespace

void WatchMirror::changed() {
  dirty_ = true;
  next_ = {};
}

void WatchMirror::at_rest() {
  if (!dirty_ || !uses_qdrant(common_.store) || Clock::now() < next_) return;
  if (const auto synced = sync(); !synced) fail(synced.error());
}

Result<void> WatchMirror::sync() {
  GLIMPSE_ASSIGN_OR_RETURN(const auto library, library::Library::open(common_.library));
  GLIMPSE_ASSIGN_OR_RETURN(const auto generation, library->active_generation());
  if (!generation) return {};
  CancelToken work;
  const MakesWay makes_way(common_.library, cancel_, work);
  GLIMPSE_ASSIGN_OR_RETURN(const auto mirroring, Mirroring::open(common_, *library, *generation, work));
  const MirrorOutcome outcome = mirroring->finish();
  if (outcome.error) return *outcome.error;
  const bool news = outcome.report.sent + outcome.report.deleted + outcome.report.repaired > 0;
  if (news && !common_.quiet) print_outcome(*mirroring, outcome);
  dirty_ = false;
  pause_ = std::chrono::seconds(0);
  said_.clear();
  return {};
}

void WatchMirror::fail(const Error& error) {
  if (error.code() == ErrorCode::kCancelled) return;  // somebody waited to write: the rest comes after them
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  next_ = Clock::now() + pause_;
  if (error.message() == said_) return;
  said_ = error.message();
  fmt::print(stderr, "glimpse: {}; it is tried again, and nothing is lost\n", said_);
}

}  // namespace glimpse::app
