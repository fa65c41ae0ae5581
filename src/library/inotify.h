#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace glimpse::library {

/// The kernel's queue of changes to directories. add, remove and wake are thread-safe; read is for one thread.
class Inotify {
 public:
  struct Event {
    int watch = -1;          ///< -1: the queue was too long and events were lost.
    std::uint32_t mask = 0;  ///< IN_*.
    std::string_view name;   ///< In the directory; empty: the directory itself. Valid during the visit.
  };

  /// Errors: resource_exhausted (fs.inotify.max_user_instances), unsupported.
  static Result<std::unique_ptr<Inotify>> open();
  ~Inotify();
  Inotify(const Inotify&) = delete;
  Inotify& operator=(const Inotify&) = delete;

  /// From now on changes to the directory are queued. The same directory gives the same number again. Errors:
  /// not_found; resource_exhausted (fs.inotify.max_user_watches); io.
  Result<int> add(const std::filesystem::path& directory);
  void remove(int watch);

  /// Waits for events for at most `wait` and visits what is there. Errors: io.
  Result<void> read(std::chrono::milliseconds wait, const std::function<void(const Event&)>& visit);
  /// Makes the read that waits, or else the next one, return. Async-signal-safe.
  void wake();

 private:
  Inotify(int queue, int wake) : queue_(queue), wake_(wake) {}
  const int queue_;
  const int wake_;
};

}  // namespace glimpse::library
