#include "library/writer_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>

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

}  // namespace

Result<WriterLock> WriterLock::acquire(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (descriptor < 0) return Error::io("{}: cannot open the writer lock: {}", display(file), std::strerror(errno));
  WriterLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Error::io("{}: cannot lock: {}", display(file), std::strerror(errno));
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
