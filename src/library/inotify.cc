#include "library/inotify.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/file.h"

namespace glimpse::library {
namespace {

// Not IN_MODIFY: a file is looked at when whoever writes it closes it.
constexpr std::uint32_t kMask = IN_CREATE | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;

ErrorCode code_of(int number) {
  if (number == ENOENT || number == ENOTDIR) return ErrorCode::kNotFound;
  if (number == ENOSPC || number == ENOMEM || number == EMFILE || number == ENFILE) {
    return ErrorCode::kResourceExhausted;
  }
  return number == ENOSYS ? ErrorCode::kUnsupported : ErrorCode::kIo;
}

}  // namespace

Result<std::unique_ptr<Inotify>> Inotify::open() {
  const int queue = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (queue < 0) {
    const int number = errno;
    return Error(code_of(number), fmt::format("cannot watch folders: {} (the limit is fs.inotify.max_user_instances)",
                                              std::strerror(number)));
  }
  const int wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) {
    const int number = errno;
    ::close(queue);
    return Error(code_of(number), fmt::format("cannot watch folders: {}", std::strerror(number)));
  }
  return std::unique_ptr<Inotify>(new Inotify(queue, wake));
}

Inotify::~Inotify() {
  ::close(queue_);
  ::close(wake_);
}

Result<int> Inotify::add(const std::filesystem::path& directory) {
  const int watch = ::inotify_add_watch(queue_, directory.c_str(), kMask);
  if (watch >= 0) return watch;
  const int number = errno;
  return Error(code_of(number), fmt::format("{}: cannot be watched: {}", display(directory), std::strerror(number)));
}

void Inotify::remove(int watch) { ::inotify_rm_watch(queue_, watch); }

void Inotify::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof(one));  // full: a wake-up is waiting already
}

Result<void> Inotify::read(std::chrono::milliseconds wait, const std::function<void(const Event&)>& visit) {
  std::array<pollfd, 2> ready{{{queue_, POLLIN, 0}, {wake_, POLLIN, 0}}};
  const int count = ::poll(ready.data(), ready.size(), static_cast<int>(wait.count()));
  if (count < 0 && errno != EINTR) return Error::io("waiting for changes: {}", std::strerror(errno));
  std::uint64_t wakes = 0;
  [[maybe_unused]] const ssize_t drained = ::read(wake_, &wakes, sizeof(wakes));
  alignas(inotify_event) std::array<char, 64 * 1024> buffer;
  const ssize_t got = ::read(queue_, buffer.data(), buffer.size());
  if (got < 0 && errno != EAGAIN && errno != EINTR) return Error::io("reading changes: {}", std::strerror(errno));
  for (ssize_t at = 0; at < got;) {
    const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
    const std::string_view padded(event->name, event->len);
    visit({event->wd, event->mask, padded.substr(0, padded.find('\0'))});
    at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
  }
  return {};
}

}  // namespace glimpse::library
