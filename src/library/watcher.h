#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "base/result.h"
#include "library/dirty_parts.h"
#include "library/inotify.h"
#include "library/records.h"
#include "library/scanner.h"
#include "library/watched_places.h"

namespace glimpse::library {

/// Notices what parts of roots have changed, and guesses at nothing: the truth about a part is a scan of it.
///
/// Which directories are watched is decided by those scans, which call watch() before they read a directory: what
/// happened before is then seen by the scan, and what happens later is an event. Events lost by the kernel, or a root
/// that has become another directory, make the whole root dirty, and so its directories are watched anew. All methods
/// but read() are thread-safe; read() is for one thread.
class Watcher {
 public:
  using Clock = std::chrono::steady_clock;

  /// `wanted` as ScanOptions has it: changes to other files are of no interest. Errors: Inotify::open's.
  static Result<std::unique_ptr<Watcher>> open(std::function<bool(const std::filesystem::path& file_name)> wanted);

  /// The roots to follow from now on, all of them. New ones are dirty, those left out are forgotten.
  void set_roots(std::span<const Root> roots);
  /// Marks roots whose directory has gone, come, or become another one, also below: by mounts, of which no event tells.
  void look_at_roots();
  /// For ScanOptions::on_directory.
  void watch(const Root& root, const ScannedDirectory& directory);

  /// Takes in what the kernel has noticed; waits for it for at most `wait`. Errors: Inotify::read's.
  Result<void> read(std::chrono::milliseconds wait);
  /// Ends the waiting of read() and of wait_until(). Async-signal-safe towards read().
  void wake() { inotify_->wake(); }

  void mark(RootId root);
  void mark(const PartsOfRoots& parts);
  bool dirty() const;
  /// When something was marked last and, of what take() has not taken, first.
  struct Activity {
    Clock::time_point first, last;
  };
  std::optional<Activity> activity() const;
  /// Grows with whatever is marked or read.
  std::uint64_t stirs() const;
  /// Returns early once stirs() is no longer `seen`.
  void wait_until(Clock::time_point deadline, std::uint64_t seen) const;
  PartsOfRoots take();

  /// Roots that the kernel does not watch as a whole: it has no watches left, or other machines can change the folder.
  std::set<RootId> half_watched() const;
  /// Why, for people, said once; empty when there is nothing (new) to say.
  std::string take_notice();
  /// Times that the kernel's queue was too short.
  std::size_t overflows() const;
  std::size_t watched_directories() const;

 private:
  struct Followed {
    Root root;
    std::string identity;    ///< Of the directory and the mounts below it; empty: not there.
    bool has_links = false;  ///< To directories: only a scan of the whole root knows what they show.
  };

  Watcher(std::unique_ptr<Inotify> inotify, std::function<bool(const std::filesystem::path&)> wanted)
      : inotify_(std::move(inotify)), wanted_(std::move(wanted)) {}
  // All below: mutex_ is held.
  void take_in(const Inotify::Event& event);
  void take_in(const Inotify::Event& event, const WatchedPlaces::Place& place);
  void take_in_directory(const Inotify::Event& event, const WatchedPlaces::Place& place);
  void take_in_file(const Inotify::Event& event, const WatchedPlaces::Place& place);
  void add(RootId root, ScanPart part);
  void drop_below(RootId root, const std::filesystem::path& directory);
  void refuse(const Followed& followed, const Error& error);
  void notice_remote(const Root& root);

  const std::unique_ptr<Inotify> inotify_;
  const std::function<bool(const std::filesystem::path&)> wanted_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<RootId, Followed> roots_;
  WatchedPlaces places_;
  DirtyParts dirty_;
  std::optional<Activity> activity_;
  std::uint64_t stirs_ = 0;
  std::set<RootId> half_watched_;
  std::string notice_;
  bool said_limit_ = false;
  std::size_t overflows_ = 0;
};

}  // namespace glimpse::library
