#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "exit_code.h"

namespace glimpse::app {

/// What a run of this same program printed on standard output, and how it ended.
struct ChildOutcome {
  std::string output;
  ExitCode exit = ExitCode::kDone;
};

/// Runs this program with `arguments` in a process of its own, and waits. It inherits standard error and the
/// environment, but for `without`: names of variables that are not for it. Ctrl-C and SIGTERM end it too. Errors: io;
/// resource_exhausted when it prints more than 1 GB; internal when a signal ended it; cancelled.
Result<ChildOutcome> run_own_child(const std::vector<std::string>& arguments, const std::vector<std::string>& without);

}  // namespace glimpse::app
