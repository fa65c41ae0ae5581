#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "build_json.h"
#include "build_progress.h"
#include "commands.h"
#include "json_text.h"
#include "library/build_lock.h"
#include "library/library.h"

namespace glimpse::app {

Result<ExitCode> run_model_status(const CommonFlags& common) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto library,
                           library::Library::open(common.library, {.access = library::Access::kReadOnly}));
  GLIMPSE_ASSIGN_OR_RETURN(const auto status, library->status());
  GLIMPSE_ASSIGN_OR_RETURN(const auto progress, build_progress(*library, status.pictures));
  const auto& active = status.active;
  std::error_code ignored;
  const auto log = build_log(library->directory());
  const bool logged = std::filesystem::exists(log, ignored);
  if (common.json) {
    nlohmann::ordered_json answer = {{"model", active ? nlohmann::ordered_json(active->model) : nullptr},
                                     {"building", progress ? build_json(*progress) : nullptr}};
    if (logged) answer["log"] = log.native();
    print_json(answer);
    return ExitCode::kDone;
  }
  if (active) fmt::print("answering with {}\n", active->model);
  fmt::print("{}\n", progress ? described(*progress) : "no other model is being embedded");
  if (progress && logged) fmt::print("log: {}\n", display(log));
  return ExitCode::kDone;
}

Result<ExitCode> run_model_stop(const CommonFlags& common) {
  constexpr std::chrono::seconds kWait{60};  // for the batch that is being embedded
  GLIMPSE_ASSIGN_OR_RETURN(const bool stopped, library::stop_build(common.library, kWait));
  if (common.json) {
    print_json({{"stopped", stopped}});
  } else {
    fmt::print(stderr, "{}\n",
               stopped ? "stopped; what it did is kept, and 'glimpse model use' goes on with it" : "nothing to stop");
  }
  return stopped ? ExitCode::kDone : ExitCode::kNothingFound;
}

}  // namespace glimpse::app
