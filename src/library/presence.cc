// A lock on an open file (fcntl F_OFD_*): it goes with the process, and can be asked about without being taken. What is
// written in the file is for people, and no part of the lock.
#include "library/presence.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>

#include "base/file.h"

namespace glimpse::library {
namespace {

std::filesystem::path file_of(const std::filesystem::path& library, Presence::Kind kind) {
  switch (kind) {
    case Presence::Kind::kFollowing:
      return library / "following";
    case Presence::Kind::kWaiting:
      return library / "waiting";
  }
  return library / "waiting";
}

struct flock whole_file(Presence::Kind kind) {
  struct flock lock{};
  lock.l_type = kind == Presence::Kind::kFollowing ? F_WRLCK : F_RDLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::int64_t number_in(int descriptor) {
  std::array<char, 21> text{};
  std::int64_t number = 0;
  const ssize_t got = ::pread(descriptor, text.data(), text.size(), 0);
  if (got > 0) std::from_chars(text.data(), text.data() + got, number);
  return number;
}

}  // namespace

Result<Presence> Presence::announce(const std::filesystem::path& library, Kind kind) {
  const auto file = file_of(library, kind);
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (descriptor < 0 && errno == ENOENT) return Error::not_found("{}: no library here", display(library));
  if (descriptor < 0) return Error::io("{}: cannot be opened: {}", display(file), std::strerror(errno));
  Presence presence(descriptor);
  struct flock lock = whole_file(kind);
  if (::fcntl(descriptor, F_OFD_SETLK, &lock) != 0) {
    if (errno != EAGAIN && errno != EACCES)
      return Error::io("{}: cannot lock: {}", display(file), std::strerror(errno));
    return Error::unavailable("{}: another glimpse (process {}) follows this library's folders already", display(file),
                              number_in(descriptor));
  }
  const std::string number = std::to_string(::getpid()) + '\n';
  if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, number.data(), number.size(), 0) < 0) {
    errno = 0;  // on a full disk it is there all the same, without a number
  }
  return presence;
}

std::optional<std::int64_t> Presence::seen(const std::filesystem::path& library, Kind kind) {
  const int descriptor = ::open(file_of(library, kind).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return std::nullopt;
  const Presence closes_it(descriptor);
  struct flock lock = whole_file(kind);
  lock.l_type = F_WRLCK;  // in the way of which are both kinds
  if (::fcntl(descriptor, F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return std::nullopt;
  return number_in(descriptor);
}

Presence::Presence(Presence&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Presence& Presence::operator=(Presence&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Presence::~Presence() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace glimpse::library
