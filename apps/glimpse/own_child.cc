#include "own_child.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "interrupt.h"

namespace glimpse::app {
namespace {

constexpr std::size_t kMostOutput = std::size_t{1} << 30;

/// Whom an interrupt is passed on to; 0: nobody.
struct Passing {
  std::atomic<pid_t> child{0};
  std::atomic<bool> interrupted{false};
};

void pass_on(void* context) {
  auto* passing = static_cast<Passing*>(context);
  passing->interrupted = true;
  if (const pid_t child = passing->child; child > 0) ::kill(child, SIGTERM);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> environment_without(const std::vector<std::string>& names) {
  std::vector<std::string> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    if (std::ranges::find(names, name) == names.end()) kept.emplace_back(text);
  }
  return kept;
}

Error failed(const char* what, int error) { return Error::io("{}: {}", what, std::strerror(error)); }

/// Starts the program with `output` as its standard output.
Result<pid_t> start(std::vector<std::string> arguments, std::vector<std::string> environment, int output) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  arguments.insert(arguments.begin(), "glimpse");
  pid_t child = 0;
  const int error = ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, pointers_to(arguments).data(),
                                  pointers_to(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return failed("cannot start glimpse again", error);
  return child;
}

Result<std::string> read_all(int pipe) {
  std::string output;
  std::array<char, 65536> block;
  for (;;) {
    const ssize_t count = ::read(pipe, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("cannot read what glimpse prints", errno);
    if (count == 0) return output;
    output.append(block.data(), static_cast<std::size_t>(count));
    if (output.size() > kMostOutput) return Error::resource_exhausted("glimpse printed more than 1 GB");
  }
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Result<ChildOutcome> run_own_child(const std::vector<std::string>& arguments, const std::vector<std::string>& without) {
  static Passing passing;  // outlives the signal handler's use of it
  on_interrupt(pass_on, &passing);
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return failed("cannot make a pipe", errno);
  const auto child = start(arguments, environment_without(without), pipe[1]);
  ::close(pipe[1]);
  if (!child) {
    ::close(pipe[0]);
    return child.error();
  }
  passing.child = *child;
  if (passing.interrupted) ::kill(*child, SIGTERM);  // it came before there was somebody to pass it on to
  auto output = read_all(pipe[0]);
  ::close(pipe[0]);
  const int status = wait_for(*child);
  passing.child = 0;
  if (passing.interrupted) return Error::cancelled("interrupted");
  GLIMPSE_RETURN_IF_ERROR(output);
  if (!WIFEXITED(status)) return Error::internal("glimpse was ended by signal {}", WTERMSIG(status));
  return ChildOutcome{*std::move(output), static_cast<ExitCode>(WEXITSTATUS(status))};
}

}  // namespace glimpse::app
