#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "commands.h"
#include "index_summary.h"
#include "indexing.h"
#include "interrupt.h"
#include "json_text.h"
#include "mirroring.h"
#include "open_library.h"
#include "roots_of.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

/// Globs on the command line join those that the folders have.
Result<void> add_rules(library::Library& library, const std::vector<library::RootId>& roots, const IndexFlags& flags) {
  if (flags.include.empty() && flags.exclude.empty() && !flags.hidden) return {};
  if (flags.folders.empty()) {
    return Error::invalid_argument(
        "--include, --exclude and --hidden are kept for a folder: name it, as in 'glimpse index "
        "FOLDER --exclude GLOB'");
  }
  for (const auto root : roots) {
    GLIMPSE_ASSIGN_OR_RETURN(auto rules, library.rules_of(root));
    rules.include.insert(rules.include.end(), flags.include.begin(), flags.include.end());
    rules.exclude.insert(rules.exclude.end(), flags.exclude.begin(), flags.exclude.end());
    rules.hidden = rules.hidden || flags.hidden;
    GLIMPSE_RETURN_IF_ERROR(library.set_rules(root, rules));
  }
  return {};
}

// A library stays with the model that made its vectors until 'glimpse model use'.
Result<OpenModel> model_to_index_with(const CommonFlags& common, const library::Library& library) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto active, library.active_generation());
  return active ? open_library_model(common, *active) : open_model(common, kDefaultModel);
}

void print_summary(const TimedReport& timed, const library::Status& status) {
  const auto& r = timed.report;
  std::string text = fmt::format("{} pictures", human_count(status.pictures));
  text += changes_in_words(r);
  text += fmt::format(" in {}", human_duration(timed.seconds));
  if (r.embedded > 0 && timed.seconds > 0) {
    text += fmt::format(" ({:.0f} pictures/s)", static_cast<double>(r.embedded) / timed.seconds);
  }
  fmt::print(stderr, "{}\n", text);
  if (r.raw_beside_jpeg > 0) {
    fmt::print(stderr, "{} RAW files stand beside their JPEG, which is taken for both\n",
               human_count(r.raw_beside_jpeg));
  }
  if (r.failed > 0) fmt::print(stderr, "'glimpse status --failed' lists what was skipped, and why\n");
  for (const auto& root : status.roots) {
    if (std::ranges::find(r.offline, root.id) != r.offline.end()) {
      fmt::print(stderr,
                 "{}: missing, empty or mostly gone; its pictures are kept ('glimpse index --force' forgets them)\n",
                 display(root.path));
    }
  }
}

void print_report(const TimedReport& timed, const library::Status& status, const MirrorOutcome* mirrored) {
  nlohmann::ordered_json report = {{"pictures", status.pictures}};
  report.update(changes_as_json(timed.report));
  report["seconds"] = timed.seconds;
  report["loading_seconds"] = timed.loading_seconds;
  if (mirrored != nullptr) report["qdrant"] = outcome_json(*mirrored);
  print_json(report);
}

}  // namespace

Result<ExitCode> run_index(const CommonFlags& common, const IndexFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(auto library, open_to_write(common, {.create = true}));
  GLIMPSE_ASSIGN_OR_RETURN(auto model, model_to_index_with(common, *library));
  GLIMPSE_ASSIGN_OR_RETURN(const auto roots, roots_to_index(*library, flags.folders));
  GLIMPSE_RETURN_IF_ERROR(add_rules(*library, roots, flags));
  GLIMPSE_ASSIGN_OR_RETURN(const auto generation, generation_of(*library, model));
  GLIMPSE_ASSIGN_OR_RETURN(const auto mirroring, Mirroring::open(common, *library, generation, interruption()));
  if (mirroring) GLIMPSE_RETURN_IF_ERROR(mirroring->start(common.quiet));
  GLIMPSE_ASSIGN_OR_RETURN(const auto timed, run_indexer(*library, generation, model, roots, common, flags));
  GLIMPSE_ASSIGN_OR_RETURN(const auto status, library->status());
  std::optional<MirrorOutcome> mirrored;
  if (mirroring) mirrored = mirroring->finish();
  if (common.json) {
    print_report(timed, status, mirrored ? &*mirrored : nullptr);
  } else {
    print_summary(timed, status);
  }
  if (mirrored && (!common.json || mirrored->error)) print_outcome(*mirroring, *mirrored);
  return mirrored && mirrored->error ? ExitCode::kWaiting : ExitCode::kDone;
}

}  // namespace glimpse::app
