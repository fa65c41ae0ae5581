#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/cpu.h"
#include "base/file.h"
#include "base/memory.h"
#include "build_json.h"
#include "build_progress.h"
#include "commands.h"
#include "index_status.h"
#include "json_text.h"
#include "library/library.h"
#include "root_report.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

using nlohmann::ordered_json;

Result<void> print_as_json(const library::Status& status, const std::vector<RootReport>& reports,
                           const IndexStatus& index, std::int64_t captioned,
                           const std::optional<BuildProgress>& building,
                           const std::vector<library::Failure>* failures) {
  ordered_json roots = ordered_json::array();
  for (const auto& report : reports) roots.push_back(root_as_json(report));
  ordered_json answer = {{"pictures", status.pictures},
                         {"failed", status.failures},
                         {"vectors", status.vectors},
                         {"captioned", captioned},
                         {"model", status.active ? ordered_json(status.active->model) : ordered_json(nullptr)},
                         {"dimension", status.active ? status.active->dimension : 0},
                         {"generation", status.active ? status.active->id.value : 0},
                         {"fingerprint", status.active ? status.active->fingerprint : ""},
                         {"index", {{"kind", index::name_of(index.kind)}, {"file_bytes", index.file_bytes}}},
                         {"roots", std::move(roots)},
                         {"processors", available_cpus()},
                         {"memory_bytes", available_memory()}};
  if (building) answer["building"] = build_json(*building);
  if (failures != nullptr) {
    ordered_json list = ordered_json::array();
    for (const auto& failure : *failures) {
      list.push_back({{"path", failure.path.native()}, {"reason", failure.reason}, {"message", failure.message}});
    }
    answer["failures"] = std::move(list);
  }
  print_json(answer);
  return {};
}

void print_for_people(const library::Status& status, const std::vector<RootReport>& reports, const IndexStatus& index,
                      std::int64_t captioned, const std::optional<BuildProgress>& building) {
  fmt::print("{} pictures, {} could not be read\n", human_count(status.pictures), human_count(status.failures));
  if (status.active) {
    fmt::print("model {}, {} vectors of dimension {}\n", status.active->model, human_count(status.vectors),
               status.active->dimension);
    fmt::print("index {}{}\n", index::name_of(index.kind),
               index.file_bytes > 0 ? fmt::format(", {} in the cache", readable_bytes(index.file_bytes)) : "");
  }
  if (building) fmt::print("next model {}\n", described(*building));
  if (captioned > 0) fmt::print("{} pictures have a caption\n", human_count(captioned));
  for (const auto& report : reports) fmt::print("{}", root_in_words(report));
  fmt::print("this process may use {} processors and {} of memory\n", available_cpus(),
             readable_bytes(available_memory()));
  if (status.failures > 0) fmt::print("'glimpse status --failed' lists what could not be read, and why\n");
}

}  // namespace

Result<ExitCode> run_status(const CommonFlags& common, const StatusFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(auto library,
                           library::Library::open(common.library, {.access = library::Access::kReadOnly}));
  GLIMPSE_ASSIGN_OR_RETURN(const auto status, library->status());
  GLIMPSE_ASSIGN_OR_RETURN(const auto captioned, library->captioned_pictures());
  GLIMPSE_ASSIGN_OR_RETURN(const auto building, build_progress(*library, status.pictures));
  GLIMPSE_ASSIGN_OR_RETURN(const auto roots, report_roots(*library));
  GLIMPSE_ASSIGN_OR_RETURN(const auto index, index_status(common, *library, status));
  std::vector<library::Failure> failures;
  if (flags.failed) {
    GLIMPSE_ASSIGN_OR_RETURN(failures, library->failures());
  }
  if (common.json) {
    GLIMPSE_RETURN_IF_ERROR(
        print_as_json(status, roots, index, captioned, building, flags.failed ? &failures : nullptr));
    return ExitCode::kDone;
  }
  if (!flags.failed) print_for_people(status, roots, index, captioned, building);
  for (const auto& failure : failures)
    fmt::print("{}\t{}\t{}\n", failure.reason, display(failure.path), failure.message);
  return ExitCode::kDone;
}

}  // namespace glimpse::app
