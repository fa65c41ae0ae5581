#include "care/backup.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/file.h"
#include "base/memory.h"
#include "care/restore.h"
#include "commands.h"
#include "json_text.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

using nlohmann::ordered_json;

std::string sentence_of(const care::Manifest& m) {
  return fmt::format("{} pictures, {} vectors, {} captions, {}", human_count(m.pictures), human_count(m.vectors),
                     human_count(m.captions), readable_bytes(m.database_bytes));
}

ordered_json json_of(const std::filesystem::path& backup, const care::Manifest& m) {
  return {{"backup", backup.native()}, {"manifest", ordered_json::parse(care::to_json(m))}};
}

// Models are fetched again, never backed up.
void print_models(const care::Manifest& m) {
  for (const auto& model : m.models) {
    fmt::print(stderr, "model {} ({}, fingerprint {}) is not in the backup: it is fetched again\n", model.name,
               model.state, model.fingerprint);
  }
}

}  // namespace

Result<ExitCode> run_backup(const CommonFlags& common, const BackupFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto manifest, care::back_up(common.library, flags.target, GLIMPSE_VERSION));
  if (common.json) {
    print_json(json_of(flags.target, manifest));
    return ExitCode::kDone;
  }
  fmt::print("{}: {}\n", display(flags.target), sentence_of(manifest));
  if (!common.quiet) print_models(manifest);
  return ExitCode::kDone;
}

Result<ExitCode> run_restore(const CommonFlags& common, const RestoreFlags& flags) {
  care::Restored restored;
  if (flags.verify) {
    GLIMPSE_ASSIGN_OR_RETURN(restored.manifest, care::verify_backup(flags.backup));
  } else {
    GLIMPSE_ASSIGN_OR_RETURN(restored, care::restore(flags.backup, common.library, flags.force));
  }
  if (common.json) {
    ordered_json answer = json_of(flags.backup, restored.manifest);
    answer["verified"] = true;
    answer["restored"] = !flags.verify;
    answer["library"] = flags.verify ? ordered_json(nullptr) : ordered_json(common.library.native());
    answer["replaced"] = restored.set_aside.empty() ? ordered_json(nullptr) : ordered_json(restored.set_aside.native());
    print_json(answer);
    return ExitCode::kDone;
  }
  fmt::print("{}: {} of {}: {}\n", display(flags.verify ? flags.backup : common.library),
             flags.verify ? "a whole backup" : "restored, the state", restored.manifest.created_at,
             sentence_of(restored.manifest));
  if (!restored.set_aside.empty()) fmt::print("the library that was there is in {}\n", display(restored.set_aside));
  if (!flags.verify && !common.quiet)
    fmt::print(stderr, "'glimpse doctor' says which models are to be fetched again\n");
  return ExitCode::kDone;
}

}  // namespace glimpse::app
