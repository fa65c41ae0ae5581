#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "commands.h"
#include "interrupt.h"
#include "json_text.h"
#include "mirroring.h"
#include "open_library.h"
#include "store_settings.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

void print_as_json(const qdrant::ReconcileReport& r, bool dry_run) {
  print_json({{"pictures", r.pictures},
              {"points", r.points},
              {"missing", r.missing},
              {"outdated", r.outdated},
              {"strangers", r.strangers},
              {"others", r.others},
              {"sent", r.sent},
              {"deleted", r.deleted},
              {"dry_run", dry_run}});
}

void print_for_people(const qdrant::ReconcileReport& r, const std::string& place, bool dry_run) {
  fmt::print("{}: {} points of this library for its {} pictures; {} points of others are left alone\n", place,
             human_count(r.points), human_count(r.pictures), human_count(r.others));
  if (r.missing + r.outdated + r.strangers == 0) {
    fmt::print("nothing differs\n");
    return;
  }
  fmt::print("{} missing, {} outdated, {} whose picture is gone{}\n", human_count(r.missing), human_count(r.outdated),
             human_count(r.strangers), dry_run ? "; 'glimpse reconcile' repairs them" : "");
  if (!dry_run) fmt::print("repaired: {} sent, {} deleted\n", human_count(r.sent), human_count(r.deleted));
}

}  // namespace

Result<ExitCode> run_reconcile(const CommonFlags& common, const ReconcileFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(auto library, open_to_write(common));
  GLIMPSE_ASSIGN_OR_RETURN(const auto generation, library->active_generation());
  if (!generation) return Error::not_found("no pictures in the library yet: run 'glimpse index FOLDER'");
  CommonFlags with_store = common;
  with_store.store.kind = "qdrant";
  GLIMPSE_ASSIGN_OR_RETURN(const auto mirroring, Mirroring::open(with_store, *library, *generation, interruption()));
  if (!flags.adopt.empty()) GLIMPSE_RETURN_IF_ERROR(mirroring->adopt(flags.adopt));
  GLIMPSE_ASSIGN_OR_RETURN(const auto report, mirroring->reconcile(flags.dry_run));
  if (common.json) {
    print_as_json(report, flags.dry_run);
  } else {
    print_for_people(report, mirroring->place(), flags.dry_run);
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
