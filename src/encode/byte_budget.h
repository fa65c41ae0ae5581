#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace glimpse::encode {

/// Bounds the bytes in flight between threads. A single request larger than the whole budget is let through alone.
class ByteBudget {
 public:
  explicit ByteBudget(std::uint64_t limit) : limit_(limit) {}

  /// Waits until `bytes` more fit. False once closed.
  bool take(std::uint64_t bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || used_ == 0 || used_ + bytes <= limit_; });
    if (closed_) return false;
    used_ += bytes;
    most_used_ = std::max(most_used_, used_);
    return true;
  }

  void give_back(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    used_ -= bytes;
    changed_.notify_all();
  }

  /// The most that was in flight at once.
  std::uint64_t most_used() {
    const std::lock_guard lock(mutex_);
    return most_used_;
  }

  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  const std::uint64_t limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t used_ = 0;
  std::uint64_t most_used_ = 0;
  bool closed_ = false;
};

}  // namespace glimpse::encode
