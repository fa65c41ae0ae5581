#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace glimpse::index {

/// A value that one thread replaces while others read: readers copy a pointer under a lock that is held for nothing
/// else, and keep what they got for as long as they like.
template <typename T>
class Published {
 public:
  explicit Published(T first) : current_(std::make_shared<const T>(std::move(first))) {}

  std::shared_ptr<const T> get() const {
    const std::lock_guard guard(mutex_);
    return current_;
  }

  void set(T next) {
    auto fresh = std::make_shared<const T>(std::move(next));
    const std::lock_guard guard(mutex_);
    current_.swap(fresh);  // fresh, declared first, dies after the guard
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> current_;
};

}  // namespace glimpse::index
