#include "care/doctor.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "commands.h"
#include "json_text.h"
#include "open_model.h"
#include "paths.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

using nlohmann::ordered_json;

void print_as_json(const care::Examination& examination) {
  ordered_json findings = ordered_json::array();
  for (const auto& f : examination.findings) {
    findings.push_back({{"severity", care::name_of(f.severity)},
                        {"area", f.area},
                        {"file", f.file.native()},
                        {"what", f.what},
                        {"why", f.why},
                        {"to_do", f.to_do},
                        {"repaired", f.repaired}});
  }
  print_json({{"damaged", examination.damage_remains()},
              {"findings", std::move(findings)},
              {"cache_files", examination.cache_files},
              {"sqlite", examination.sqlite_version}});
}

void print_for_people(const care::Examination& examination) {
  for (const auto& f : examination.findings) {
    fmt::print("{}{}: {}\n  {}: {}\n", care::name_of(f.severity), f.repaired ? " (repaired)" : "", display(f.file),
               f.what, f.why);
    if (!f.to_do.empty()) fmt::print("  {}\n", f.to_do);
  }
  fmt::print("{}; {} cache files looked at; SQLite {}\n",
             examination.damage_remains() ? "there is damage" : "no damage", human_count(examination.cache_files),
             examination.sqlite_version);
}

}  // namespace

Result<ExitCode> run_doctor(const CommonFlags& common, const DoctorFlags& flags) {
  const care::ExamineOptions options{
      .library = common.library,
      .caches = {cache_directory()},
      .models = {.params_path = common.params, .clip_merges = clip_merges(), .cache_dir = cache_directory()},
      .full = flags.full,
      .repair = flags.repair};
  GLIMPSE_ASSIGN_OR_RETURN(const auto examination, care::examine(options));
  if (common.json) {
    print_as_json(examination);
  } else {
    print_for_people(examination);
  }
  return examination.damage_remains() ? ExitCode::kDamaged : ExitCode::kDone;
}

}  // namespace glimpse::app
