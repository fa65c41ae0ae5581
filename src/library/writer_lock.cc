// Two files. Whoever waits holds `<file>.turn` while waiting for `file`, and only one can; whoever has given up `file`
// and wants it again must pass `.turn` first, and so comes after the one who waited. flock() alone makes no such
// promise to those who poll, and polling is what lets a wait end at a deadline.
#include "library/writer_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <thread>

#include "base/file.h"

namespace glimpse::library {
namespace {

/// The digits in the file: information for people, not what the lock rests on.
std::string holder_of(int descriptor) {
  std::array<char, 21> text{};
  const ssize_t got = ::pread(descriptor, text.data(), text.size() - 1, 0);
  std::string digits;
  for (ssize_t i = 0;
       i < got && text.at(static_cast<std::size_t>(i)) >= '0' && text.at(static_cast<std::size_t>(i)) <= '9'; ++i) {
    digits += text.at(static_cast<std::size_t>(i));
  }
  return digits.empty() ? "unknown" : digits;
}

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPollEvery{5};

Result<int> open_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (descriptor < 0) return Error::io("{}: cannot open the writer lock: {}", display(file), std::strerror(errno));
  return descriptor;
}

/// False: somebody else still has it at the deadline.
Result<bool> lock_until(int descriptor, const std::filesystem::path& file, Clock::time_point deadline) {
  for (;;) {
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return Error::io("{}: cannot lock: {}", display(file), std::strerror(errno));
    }
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kPollEvery);
  }
}

}  // namespace

Result<bool> WriterLock::take(const std::filesystem::path& file, std::chrono::milliseconds wait) const {
  const auto deadline = Clock::now() + wait;
  if (wait.count() <= 0) return lock_until(descriptor_, file, deadline);
  const std::filesystem::path turn_file = file.native() + ".turn";
  GLIMPSE_ASSIGN_OR_RETURN(const int turn_descriptor, open_file(turn_file));
  const WriterLock turn(turn_descriptor);
  GLIMPSE_ASSIGN_OR_RETURN(const bool first_in_line, lock_until(turn_descriptor, turn_file, deadline));
  if (!first_in_line) return false;
  return lock_until(descriptor_, file, deadline);
}

Result<WriterLock> WriterLock::acquire(const std::filesystem::path& file, std::chrono::milliseconds wait) {
  GLIMPSE_ASSIGN_OR_RETURN(const int descriptor, open_file(file));
  WriterLock lock(descriptor);
  GLIMPSE_ASSIGN_OR_RETURN(const bool mine, lock.take(file, wait));
  if (!mine) {
    return Error::unavailable("{}: another glimpse (process {}) is writing to this library: wait for it or stop it",
                              display(file), holder_of(descriptor));
  }
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, pid.data(), pid.size(), 0) < 0) {
    // Locked all the same: a full disk must not keep a writer from deleting things.
    errno = 0;
  }
  return lock;
}

WriterLock::~WriterLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace glimpse::library
