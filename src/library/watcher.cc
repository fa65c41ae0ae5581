// From an event to a part of a root:
//
//   a file written, moved, deleted, touched   the files of its directory (flat)
//   a directory made, moved, deleted          it and all below; with links to directories about, the whole root
//   ".nomedia" made or deleted                its directory and all below
//   anything beyond a link to a directory     the whole root
//   the root itself gone, events lost         the whole root
//
// A file that was made is left alone until whoever writes it closes it; a link is complete at once, and so is a second
// name for a file (hard link).
#include "library/watcher.h"

#include <sys/inotify.h>
#include <sys/stat.h>

#include "base/file.h"
#include "library/root_identity.h"

namespace glimpse::library {
namespace {

constexpr std::uint32_t kOwnEnd = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT;
constexpr std::uint32_t kLeft = IN_DELETE | IN_MOVED_FROM;

}  // namespace

Result<std::unique_ptr<Watcher>> Watcher::open(std::function<bool(const std::filesystem::path&)> wanted) {
  GLIMPSE_ASSIGN_OR_RETURN(auto inotify, Inotify::open());
  return std::unique_ptr<Watcher>(new Watcher(std::move(inotify), std::move(wanted)));
}

void Watcher::set_roots(std::span<const Root> roots) {
  const std::lock_guard guard(mutex_);
  std::set<RootId> left;
  for (const auto& [id, followed] : roots_) left.insert(id);
  for (const Root& root : roots) {
    left.erase(root.id);
    if (roots_.contains(root.id)) continue;
    roots_[root.id] = {.root = root, .identity = root_identity(root.path)};
    notice_remote(root);
    add(root.id, {});
  }
  for (const RootId id : left) {
    drop_below(id, {});
    dirty_.forget(id);
    half_watched_.erase(id);
    roots_.erase(id);
  }
}

void Watcher::look_at_roots() {
  const std::lock_guard guard(mutex_);
  for (auto& [id, followed] : roots_) {
    std::string now = root_identity(followed.root.path);
    if (now == followed.identity) continue;
    followed.identity = std::move(now);
    drop_below(id, {});
    add(id, {});
  }
}

void Watcher::watch(const Root& root, const ScannedDirectory& directory) {
  const std::lock_guard guard(mutex_);  // also so that no event comes in before its watch is known
  const auto followed = roots_.find(root.id);
  if (followed == roots_.end()) return;
  followed->second.has_links = followed->second.has_links || directory.beyond_link;
  const auto watch = inotify_->add(directory.name.empty() ? root.path : root.path / directory.name);
  if (watch) return places_.add(*watch, {root.id, directory.name, directory.beyond_link});
  // One that has gone since is known to its parent's watch.
  if (watch.error().code() != ErrorCode::kNotFound) refuse(followed->second, watch.error());
}

void Watcher::refuse(const Followed& followed, const Error& error) {
  half_watched_.insert(followed.root.id);
  if (said_limit_) return;
  said_limit_ = true;
  const bool limit = error.code() == ErrorCode::kResourceExhausted;
  notice_ += fmt::format(
      "{}; {}folders that are not watched are looked through from time to time\n", error.message(),
      limit ? "raise fs.inotify.max_user_watches (sudo sysctl fs.inotify.max_user_watches=1048576) and start again: "
              "until then, "
            : "");
}

void Watcher::notice_remote(const Root& root) {
  if (!changes_unseen(root.path)) return;
  half_watched_.insert(root.id);
  notice_ +=
      fmt::format("{}: a network or user-space file system; changes made elsewhere are found from time to time\n",
                  display(root.path));
}

Result<void> Watcher::read(std::chrono::milliseconds wait) {
  GLIMPSE_RETURN_IF_ERROR(inotify_->read(wait, [this](const Inotify::Event& event) {
    const std::lock_guard guard(mutex_);
    take_in(event);
  }));
  {
    const std::lock_guard guard(mutex_);
    ++stirs_;
  }
  changed_.notify_all();
  return {};
}

void Watcher::take_in(const Inotify::Event& event) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) {
    ++overflows_;
    for (const auto& [id, followed] : roots_) add(id, {});
    return;
  }
  for (const auto& place : places_.of(event.watch)) take_in(event, place);
  if ((event.mask & IN_IGNORED) != 0) places_.drop(event.watch);
}

void Watcher::take_in(const Inotify::Event& event, const WatchedPlaces::Place& place) {
  if ((event.mask & IN_IGNORED) != 0) return;
  if ((event.mask & kOwnEnd) != 0) {
    // Of another directory its parent tells, unless the way to it was a link or it was the top of a mount.
    const bool known_by_parent = !place.directory.empty() && !place.beyond_link && (event.mask & IN_UNMOUNT) == 0;
    return known_by_parent ? void() : add(place.root, {});
  }
  if (event.name.empty()) return;  // the directory's own attributes: its parent tells
  return (event.mask & IN_ISDIR) != 0 ? take_in_directory(event, place) : take_in_file(event, place);
}

void Watcher::take_in_directory(const Inotify::Event& event, const WatchedPlaces::Place& place) {
  const std::filesystem::path directory = place.directory / event.name;
  if ((event.mask & kLeft) != 0) drop_below(place.root, directory);
  const auto followed = roots_.find(place.root);
  const bool whole = place.beyond_link || (followed != roots_.end() && followed->second.has_links);
  add(place.root, whole ? ScanPart{} : ScanPart{.inside = directory});
}

void Watcher::take_in_file(const Inotify::Event& event, const WatchedPlaces::Place& place) {
  const auto followed = roots_.find(place.root);
  if (followed == roots_.end()) return;
  const std::filesystem::path name = place.directory / event.name;
  if (event.name == ".nomedia") return add(place.root, {.inside = place.directory});
  if ((event.mask & kLeft) != 0) {  // may have been a link to a directory
    if (places_.has(place.root, name)) return add(place.root, {});
  } else {
    struct stat info{};
    const std::filesystem::path path = followed->second.root.path / name;
    if (::lstat(path.c_str(), &info) != 0) return;  // gone again, and another event says so
    struct stat target{};
    if (S_ISLNK(info.st_mode) && ::stat(path.c_str(), &target) == 0 && S_ISDIR(target.st_mode)) {
      return add(place.root, {});
    }
    if ((event.mask & IN_CREATE) != 0 && S_ISREG(info.st_mode) && info.st_nlink == 1) return;
  }
  if (!wanted_(std::filesystem::path(event.name))) return;
  add(place.root, place.beyond_link ? ScanPart{} : ScanPart{.inside = place.directory, .flat = true});
}

void Watcher::add(RootId root, ScanPart part) {
  dirty_.add(root, std::move(part));
  const auto now = Clock::now();
  if (!activity_) activity_ = Activity{now, now};
  activity_->last = now;
  ++stirs_;
  changed_.notify_all();
}

void Watcher::drop_below(RootId root, const std::filesystem::path& directory) {
  for (const int watch : places_.drop_below(root, directory)) inotify_->remove(watch);
}

void Watcher::mark(RootId root) {
  const std::lock_guard guard(mutex_);
  if (roots_.contains(root)) add(root, {});
}

void Watcher::mark(const PartsOfRoots& parts) {
  const std::lock_guard guard(mutex_);
  for (const auto& [root, list] : parts) {
    if (!roots_.contains(root)) continue;
    if (list.empty()) add(root, {});
    for (const ScanPart& part : list) add(root, part);
  }
}

bool Watcher::dirty() const {
  const std::lock_guard guard(mutex_);
  return !dirty_.empty();
}

std::optional<Watcher::Activity> Watcher::activity() const {
  const std::lock_guard guard(mutex_);
  return activity_;
}

std::uint64_t Watcher::stirs() const {
  const std::lock_guard guard(mutex_);
  return stirs_;
}

void Watcher::wait_until(Clock::time_point deadline, std::uint64_t seen) const {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, deadline, [&] { return stirs_ != seen; });
}

PartsOfRoots Watcher::take() {
  const std::lock_guard guard(mutex_);
  activity_.reset();
  return dirty_.take();
}

std::set<RootId> Watcher::half_watched() const {
  const std::lock_guard guard(mutex_);
  return half_watched_;
}

std::string Watcher::take_notice() {
  const std::lock_guard guard(mutex_);
  if (notice_.ends_with('\n')) notice_.pop_back();
  return std::exchange(notice_, {});
}

std::size_t Watcher::overflows() const {
  const std::lock_guard guard(mutex_);
  return overflows_;
}

std::size_t Watcher::watched_directories() const {
  const std::lock_guard guard(mutex_);
  return places_.size();
}

}  // namespace glimpse::library
