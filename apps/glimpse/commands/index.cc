#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "commands.h"
#include "indexing.h"
#include "json_text.h"
#include "open_library.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

Result<std::vector<library::RootId>> roots_to_index(library::Library& library, const IndexFlags& flags) {
  std::vector<library::RootId> ids;
  for (const auto& folder : flags.folders) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto place, library.add_root(folder));
    if (std::ranges::find(ids, place.root) == ids.end()) ids.push_back(place.root);
  }
  if (!ids.empty()) return ids;
  GLIMPSE_ASSIGN_OR_RETURN(const auto roots, library.roots());
  for (const auto& root : roots) ids.push_back(root.id);
  if (ids.empty()) {
    return Error::invalid_argument("no folder to index: say 'glimpse index FOLDER', or set DATASET_PATH");
  }
  return ids;
}

// A library stays with the model that made its vectors until 'glimpse model use'.
Result<OpenModel> model_to_index_with(const CommonFlags& common, const library::Library& library) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto active, library.active_generation());
  return active ? open_library_model(common, *active) : open_model(common, kDefaultModel);
}

void print_summary(const TimedReport& timed, const library::Status& status) {
  const auto& r = timed.report;
  std::string text = fmt::format("{} pictures", human_count(status.pictures));
  const auto add = [&](std::int64_t count, const char* what) {
    if (count > 0) text += fmt::format(", {} {}", human_count(count), what);
  };
  add(r.added, "added");
  add(r.changed, "changed");
  add(r.moved, "moved");
  add(r.gone, "gone");
  add(r.failed, "skipped");
  text += fmt::format(" in {}", human_duration(timed.seconds));
  if (r.embedded > 0 && timed.seconds > 0) {
    text += fmt::format(" ({:.0f} pictures/s)", static_cast<double>(r.embedded) / timed.seconds);
  }
  fmt::print(stderr, "{}\n", text);
  if (r.failed > 0) fmt::print(stderr, "'glimpse status --failed' lists what was skipped, and why\n");
  for (const auto& root : status.roots) {
    if (std::ranges::find(r.offline, root.id) != r.offline.end()) {
      fmt::print(stderr,
                 "{}: missing, empty or mostly gone; its pictures are kept ('glimpse index --force' forgets them)\n",
                 display(root.path));
    }
  }
}

void print_report(const TimedReport& timed, const library::Status& status) {
  const auto& r = timed.report;
  print_json({{"pictures", status.pictures},
              {"added", r.added},
              {"changed", r.changed},
              {"moved", r.moved},
              {"gone", r.gone},
              {"unchanged", r.unchanged},
              {"failed", r.failed},
              {"embedded", r.embedded},
              {"offline", r.offline.size()},
              {"seconds", timed.seconds},
              {"loading_seconds", timed.loading_seconds}});
}

}  // namespace

Result<ExitCode> run_index(const CommonFlags& common, const IndexFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(auto library, open_to_write(common, {.create = true}));
  GLIMPSE_ASSIGN_OR_RETURN(auto model, model_to_index_with(common, *library));
  GLIMPSE_ASSIGN_OR_RETURN(const auto roots, roots_to_index(*library, flags));
  GLIMPSE_ASSIGN_OR_RETURN(const auto generation, generation_of(*library, model));
  GLIMPSE_ASSIGN_OR_RETURN(const auto timed, run_indexer(*library, generation, model, roots, common, flags));
  GLIMPSE_ASSIGN_OR_RETURN(const auto status, library->status());
  if (common.json) {
    print_report(timed, status);
  } else {
    print_summary(timed, status);
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
