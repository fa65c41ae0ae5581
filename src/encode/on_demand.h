#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "base/result.h"

namespace glimpse::encode {

/// Something large that is loaded when it is first wanted, lent to whoever wants it, and let go of when nobody has
/// wanted it for a while. Thread-safe: while one thread loads, others that want it wait for the same load.
template <typename T>
class OnDemand {
 public:
  using Clock = std::chrono::steady_clock;
  using Load = std::function<Result<std::unique_ptr<T>>()>;

  explicit OnDemand(Load load) : load_(std::move(load)) {}

  /// Stays loaded as long as the caller keeps what it is given. Errors: load's; the next call tries again.
  Result<std::shared_ptr<const T>> get() {
    const std::lock_guard lock(mutex_);
    last_wanted_ = Clock::now();
    if (!held_) {
      GLIMPSE_ASSIGN_OR_RETURN(held_, load_());
      loaded_ = true;
    }
    return held_;
  }

  /// Does not wait for a load that is under way.
  bool loaded() const { return loaded_; }

  /// Lets go of it when nobody keeps it and it was last wanted before `deadline`. True when it did.
  bool release_if_unwanted_since(Clock::time_point deadline) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    // Only get() hands out further owners, and it needs the lock: one owner here means that nobody else has it.
    if (!lock || !held_ || held_.use_count() > 1 || last_wanted_ >= deadline) return false;
    held_.reset();
    loaded_ = false;
    return true;
  }

 private:
  const Load load_;
  std::mutex mutex_;
  std::shared_ptr<const T> held_;
  Clock::time_point last_wanted_;
  std::atomic<bool> loaded_{false};
};

}  // namespace glimpse::encode
