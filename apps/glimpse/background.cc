#include "background.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/file.h"

namespace glimpse::app {

Result<Background> Background::split() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Error::io("cannot make a pipe: {}", std::strerror(errno));
  std::fflush(nullptr);  // or both would print what is waiting
  const pid_t child = ::fork();
  if (child < 0) {
    const int reason = errno;
    ::close(ends[0]);
    ::close(ends[1]);
    return Error::resource_exhausted("cannot start a process: {}", std::strerror(reason));
  }
  const bool goes_on = child == 0;
  ::close(goes_on ? ends[0] : ends[1]);
  return Background(child, goes_on ? ends[1] : ends[0]);
}

Background::Background(Background&& other) noexcept : child_(other.child_), pipe_(std::exchange(other.pipe_, -1)) {}

Background::~Background() {
  if (pipe_ >= 0) ::close(pipe_);
}

Result<void> Background::leave(const std::filesystem::path& log) {
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (file < 0) return Error::io("{}: cannot write the log: {}", display(log), std::strerror(errno));
  std::fflush(nullptr);
  ::setsid();
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  ::close(nothing);
  ::close(file);
  const char under_way = '.';
  if (::write(pipe_, &under_way, 1) != 1) return Error::cancelled("the terminal is gone");
  ::close(std::exchange(pipe_, -1));
  return {};
}

Result<Background::Outcome> Background::wait() const {
  char told = 0;
  ssize_t got = 0;
  do {
    got = ::read(pipe_, &told, 1);
  } while (got < 0 && errno == EINTR);
  if (got == 1) return Outcome{child_, std::nullopt};
  int status = 0;
  while (::waitpid(child_, &status, 0) < 0) {
    if (errno != EINTR) return Error::io("process {}: {}", child_, std::strerror(errno));
  }
  if (WIFEXITED(status)) return Outcome{child_, static_cast<ExitCode>(WEXITSTATUS(status))};
  return Error::internal("process {} ended by signal {}", child_, WTERMSIG(status));
}

}  // namespace glimpse::app
