#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"
#include "exit_code.h"

namespace glimpse::app {

/// The program going on in a process of its own. Until it has said that it is under way it belongs to the terminal:
/// what is wrong is said there, and Ctrl-C ends it.
class Background {
 public:
  /// Splits this process in two. To be called while it has one thread. The one that was started gets `child` 0.
  /// Errors: io; resource_exhausted.
  static Result<Background> split();
  Background(Background&& other) noexcept;
  Background& operator=(Background&&) = delete;
  ~Background();

  /// Whether this is the process that goes on; the other one waits for it.
  bool goes_on() const { return child_ == 0; }

  /// In the one that goes on: from now on it belongs to no terminal and speaks to `log`, made anew.
  Result<void> leave(const std::filesystem::path& log);
  /// In the one that waits: until the other is under way (its process id), or has ended (its exit code).
  struct Outcome {
    pid_t process = 0;
    std::optional<ExitCode> ended;
  };
  Result<Outcome> wait() const;

 private:
  Background(pid_t child, int pipe) : child_(child), pipe_(pipe) {}
  pid_t child_;
  int pipe_;  ///< From the one that goes on to the other.
};

}  // namespace glimpse::app
