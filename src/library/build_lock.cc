// One line of numbers in a file that is locked while a build runs. It is written in place, as renaming would move the
// lock, so a reader may meet a line that is half of one telling and half of the next: it ends with the sum of its
// numbers, and the reader looks again.
#include "library/build_lock.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <numeric>
#include <sstream>
#include <string>
#include <thread>

#include "base/file.h"
#include "library/library_state.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr std::size_t kLineBytes = 192;  // nine numbers of at most 20 characters, and a newline
constexpr milliseconds kLookAgainEvery{10};

fs::path lock_file(const fs::path& directory) { return directory / "building"; }

/// A descriptor that closes itself.
class Descriptor {
 public:
  Descriptor(const fs::path& file, int flags) : value_(::open(file.c_str(), flags | O_CLOEXEC | O_NOFOLLOW)) {}
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }

 private:
  int value_;
};

std::array<std::int64_t, 8> numbers_of(const BuildState& s) {
  return {s.process, s.generation.value, s.found, s.done, s.skipped, s.total, s.started_at_ms, s.told_at_ms};
}

std::optional<BuildState> parse(const std::string& text) {
  std::istringstream line(text);
  std::array<std::int64_t, 8> n{};
  std::int64_t sum = 0;
  for (auto& number : n) line >> number;
  line >> sum;
  if (!line || sum != std::reduce(n.begin(), n.end())) return std::nullopt;
  return BuildState{n[0], {n[1]}, n[2], n[3], n[4], n[5], n[6], n[7]};
}

std::string content_of(int descriptor) {
  std::array<char, kLineBytes> text{};
  const ssize_t got = ::pread(descriptor, text.data(), text.size(), 0);
  return {text.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

/// False: nobody holds it.
Result<bool> is_held(int descriptor, const fs::path& file) {
  if (::flock(descriptor, LOCK_SH | LOCK_NB) == 0) {
    ::flock(descriptor, LOCK_UN);
    return false;
  }
  if (errno == EWOULDBLOCK || errno == EINTR) return true;
  return Error::io("{}: cannot ask for the lock: {}", display(file), std::strerror(errno));
}

}  // namespace

double BuildState::rate() const {
  const double seconds = static_cast<double>(told_at_ms - started_at_ms) / 1000;
  return started_at_ms > 0 && seconds > 0 ? static_cast<double>(done + skipped) / seconds : 0;
}

std::optional<double> BuildState::seconds_left() const {
  const double pictures_per_second = rate();
  if (pictures_per_second <= 0) return std::nullopt;
  return static_cast<double>(total - found - done - skipped) / pictures_per_second;
}

Result<BuildLock> BuildLock::acquire(const fs::path& library_directory) {
  const fs::path file = lock_file(library_directory);
  constexpr milliseconds kWait{500};  // somebody who asks whether a build runs holds it for a moment
  auto lock = WriterLock::acquire(file, kWait);
  if (lock) {
    BuildLock mine(*std::move(lock), file);
    mine.tell({});
    return mine;
  }
  if (lock.error().code() != ErrorCode::kUnavailable) return lock.error();
  GLIMPSE_ASSIGN_OR_RETURN(const auto running, running_build(library_directory));
  return Error::unavailable(
      "{}: process {} is embedding this library with another model already: 'glimpse model status' says how far it is, "
      "'glimpse model stop' stops it",
      display(library_directory), running ? running->process : 0);
}

void BuildLock::tell(BuildState state) const {
  state.process = ::getpid();
  state.told_at_ms = now_ms();
  const auto numbers = numbers_of(state);
  std::string line;
  for (const auto number : numbers) line += fmt::format("{} ", number);
  line += fmt::format("{}", std::reduce(numbers.begin(), numbers.end()));
  line.resize(kLineBytes - 1, ' ');
  line += '\n';
  const Descriptor file(file_, O_WRONLY);
  if (file.get() >= 0 && ::pwrite(file.get(), line.data(), line.size(), 0) < 0) errno = 0;
}

Result<std::optional<BuildState>> running_build(const fs::path& library_directory) {
  const fs::path path = lock_file(library_directory);
  const Descriptor file(path, O_RDONLY);
  if (file.get() < 0 && errno == ENOENT) return std::optional<BuildState>();
  if (file.get() < 0) return Error::io("{}: cannot open: {}", display(path), std::strerror(errno));
  constexpr int kLooks = 50;
  for (int look = 0; look < kLooks; ++look) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool held, is_held(file.get(), path));
    if (!held) return std::optional<BuildState>();
    if (auto state = parse(content_of(file.get()))) return state;
    std::this_thread::sleep_for(kLookAgainEvery);
  }
  BuildState silent;
  std::istringstream(content_of(file.get())) >> silent.process;  // what every lock says
  return std::optional(silent);
}

Result<bool> stop_build(const fs::path& library_directory, milliseconds wait) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto first, running_build(library_directory));
  if (!first) return false;
  const auto process = static_cast<pid_t>(first->process);
  // The number may have been given to another process by the time of the signal; a descriptor of the process is not. It
  // is the right one when the lock is still held by that number once we have it.
  const Descriptor target(process > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, process, 0)) : -1);
  GLIMPSE_ASSIGN_OR_RETURN(const auto second, running_build(library_directory));
  if (!second) return true;
  if (target.get() < 0 || second->process != first->process) {
    return Error::io("process {}, which embeds this library, cannot be reached from here", second->process);
  }
  if (::syscall(SYS_pidfd_send_signal, target.get(), SIGTERM, nullptr, 0) != 0 && errno != ESRCH) {
    return Error::io("process {}, which embeds this library, cannot be stopped: {}", process, std::strerror(errno));
  }
  pollfd ended{target.get(), POLLIN, 0};  // readable once the process has ended
  if (::poll(&ended, 1, static_cast<int>(wait.count())) > 0) return true;
  return Error::deadline_exceeded("process {} was asked to stop embedding and has not yet", process);
}

}  // namespace glimpse::library
