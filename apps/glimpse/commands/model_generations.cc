#include <fmt/chrono.h>
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/memory.h"
#include "commands.h"
#include "generation_choice.h"
#include "json_text.h"
#include "library/build_lock.h"
#include "library/library.h"
#include "open_library.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

using nlohmann::ordered_json;

std::string day_and_time(std::int64_t ms) {
  return fmt::format("{:%Y-%m-%d %H:%M}", fmt::localtime(static_cast<std::time_t>(ms / 1000)));
}

}  // namespace

Result<ExitCode> run_model_generations(const CommonFlags& common) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto library,
                           library::Library::open(common.library, {.access = library::Access::kReadOnly}));
  GLIMPSE_ASSIGN_OR_RETURN(const auto status, library->status());
  GLIMPSE_ASSIGN_OR_RETURN(const auto all, library->generations());
  ordered_json list = ordered_json::array();
  for (const auto& generation : all) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto holdings, library->holdings(generation.id));
    const auto bytes = static_cast<std::uint64_t>(holdings.size_bytes);
    if (common.json) {
      list.push_back({{"id", generation.id.value},
                      {"model", generation.model},
                      {"state", name_of(generation.state)},
                      {"dimension", generation.dimension},
                      {"fingerprint", generation.fingerprint},
                      {"vectors", holdings.vectors},
                      {"pictures", status.pictures},
                      {"created_at_ms", generation.created_at_ms},
                      {"bytes", bytes}});
    } else {
      fmt::print("{}\t{}\t{}\t{} of {} pictures\t{}\t{}\n", generation.id.value, generation.model,
                 name_of(generation.state), human_count(holdings.vectors), human_count(status.pictures),
                 day_and_time(generation.created_at_ms), readable_bytes(bytes));
    }
  }
  if (common.json) print_json({{"generations", std::move(list)}});
  return all.empty() ? ExitCode::kNothingFound : ExitCode::kDone;
}

Result<ExitCode> run_model_drop(const CommonFlags& common, const ModelDropFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto library, open_to_write(common));
  GLIMPSE_ASSIGN_OR_RETURN(const auto generation, find_generation(*library, flags.generation));
  GLIMPSE_ASSIGN_OR_RETURN(const auto build, library::running_build(library->directory()));
  if (build && build->generation == generation.id) {
    return Error::unavailable("generation {} ({}) is being made by process {}: 'glimpse model stop' first",
                              generation.id.value, generation.model, build->process);
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto holdings, library->holdings(generation.id));
  GLIMPSE_RETURN_IF_ERROR(library->drop_generation(generation.id));
  if (common.json) {
    print_json({{"dropped", generation.id.value},
                {"model", generation.model},
                {"vectors", holdings.vectors},
                {"bytes", holdings.size_bytes}});
  } else {
    fmt::print(stderr, "dropped {} vectors of {}: {} of the library's file are free for new ones\n",
               human_count(holdings.vectors), generation.model,
               readable_bytes(static_cast<std::uint64_t>(holdings.size_bytes)));
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
