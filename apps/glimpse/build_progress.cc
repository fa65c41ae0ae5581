#include "build_progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "terminal.h"

namespace glimpse::app {

using library::Generation;

Result<std::optional<BuildProgress>> build_progress(const library::Library& library, std::int64_t pictures) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto running, library::running_build(library.directory()));
  GLIMPSE_ASSIGN_OR_RETURN(auto all, library.generations());
  const auto wanted = [&](const Generation& generation) { return running && running->generation == generation.id; };
  const auto unfinished = [](const Generation& generation) {
    return generation.state == library::GenerationState::kBuilding;
  };
  auto found = std::ranges::find_if(all, wanted);
  if (found == all.end()) {
    const auto last = std::ranges::find_if(all.rbegin(), all.rend(), unfinished);
    if (last == all.rend()) return std::optional<BuildProgress>();
    found = last.base() - 1;
  }
  BuildProgress progress{.generation = *found, .vectors = 0, .pictures = pictures, .running = std::nullopt};
  if (wanted(*found)) {
    progress.running = running;
    progress.vectors = running->found + running->done;
  } else {
    GLIMPSE_ASSIGN_OR_RETURN(const auto holdings, library.holdings(found->id));
    progress.vectors = holdings.vectors;
  }
  return std::optional(std::move(progress));
}

std::string described(const BuildProgress& progress) {
  std::string text = fmt::format("{}: {} of {} pictures embedded", progress.generation.model,
                                 human_count(progress.vectors), human_count(progress.pictures));
  if (!progress.running) {
    return text + fmt::format(", interrupted: 'glimpse model use {}' goes on", progress.generation.model);
  }
  if (const double rate = progress.running->rate(); rate > 0) text += fmt::format(", {:.1f}/s", rate);
  if (const auto left = progress.running->seconds_left()) text += fmt::format(", {} left", human_duration(*left));
  return text + fmt::format(" (process {})", progress.running->process);
}

std::filesystem::path build_log(const std::filesystem::path& library_directory) {
  return library_directory / "model-use.log";
}

}  // namespace glimpse::app
