#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/cpu.h"
#include "base/file.h"
#include "base/memory.h"
#include "build_json.h"
#include "build_progress.h"
#include "commands.h"
#include "json_text.h"
#include "library/index_cache.h"
#include "library/library.h"
#include "open_search.h"
#include "root_report.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

using nlohmann::ordered_json;

/// How a search would be done now, and whether a file in the cache spares it reading all vectors.
struct IndexStatus {
  index::IndexKind kind = index::IndexKind::kExact;
  std::uint64_t file_bytes = 0;  ///< 0: none.
};

Result<IndexStatus> index_status(const CommonFlags& common, const library::Library& library,
                                 const library::Status& status) {
  if (!status.active) return IndexStatus{};
  GLIMPSE_ASSIGN_OR_RETURN(const auto options, index_options(common));
  const auto chosen = index::choose_index(static_cast<std::size_t>(status.vectors),
                                          static_cast<std::size_t>(status.active->dimension), options.memory_budget);
  IndexStatus found{.kind = options.kind.value_or(chosen)};
  const auto stamp = stamp_of(library::index_file_path(library, status.active->id, found.kind));
  if (stamp) found.file_bytes = stamp->size_bytes;
  return found;
}

/// What is said of a library.
struct Overview {
  library::Status status;
  std::vector<RootReport> roots;
  IndexStatus index;
  std::int64_t captioned = 0;
  std::optional<BuildProgress> building;
};

Result<Overview> look_at(const CommonFlags& common, const library::Library& library) {
  Overview overview;
  GLIMPSE_ASSIGN_OR_RETURN(overview.status, library.status());
  GLIMPSE_ASSIGN_OR_RETURN(overview.roots, report_roots(library));
  GLIMPSE_ASSIGN_OR_RETURN(overview.index, index_status(common, library, overview.status));
  GLIMPSE_ASSIGN_OR_RETURN(overview.captioned, library.captioned_pictures());
  GLIMPSE_ASSIGN_OR_RETURN(overview.building, build_progress(library, overview.status.pictures));
  return overview;
}

void print_as_json(const Overview& overview, const std::vector<library::Failure>* failures) {
  const library::Status& status = overview.status;
  ordered_json roots = ordered_json::array();
  for (const auto& report : overview.roots) roots.push_back(root_as_json(report));
  ordered_json answer = {
      {"pictures", status.pictures},
      {"failed", status.failures},
      {"vectors", status.vectors},
      {"captioned", overview.captioned},
      {"model", status.active ? ordered_json(status.active->model) : ordered_json(nullptr)},
      {"dimension", status.active ? status.active->dimension : 0},
      {"generation", status.active ? status.active->id.value : 0},
      {"fingerprint", status.active ? status.active->fingerprint : ""},
      {"index", {{"kind", index::name_of(overview.index.kind)}, {"file_bytes", overview.index.file_bytes}}},
      {"roots", std::move(roots)},
      {"processors", available_cpus()},
      {"memory_bytes", available_memory()}};
  if (overview.building) answer["building"] = build_json(*overview.building);
  if (failures != nullptr) {
    ordered_json list = ordered_json::array();
    for (const auto& failure : *failures) {
      list.push_back({{"path", failure.path.native()}, {"reason", failure.reason}, {"message", failure.message}});
    }
    answer["failures"] = std::move(list);
  }
  print_json(answer);
}

void print_for_people(const Overview& overview) {
  const library::Status& status = overview.status;
  fmt::print("{} pictures, {} could not be read\n", human_count(status.pictures), human_count(status.failures));
  if (status.active) {
    fmt::print("model {}, {} vectors of dimension {}\n", status.active->model, human_count(status.vectors),
               status.active->dimension);
    fmt::print("index {}{}\n", index::name_of(overview.index.kind),
               overview.index.file_bytes > 0
                   ? fmt::format(", {} in the cache", readable_bytes(overview.index.file_bytes))
                   : "");
  }
  if (overview.building) fmt::print("next model {}\n", described(*overview.building));
  if (overview.captioned > 0) fmt::print("{} pictures have a caption\n", human_count(overview.captioned));
  for (const auto& report : overview.roots) fmt::print("{}", root_in_words(report));
  fmt::print("this process may use {} processors and {} of memory\n", available_cpus(),
             readable_bytes(available_memory()));
  if (status.failures > 0) fmt::print("'glimpse status --failed' lists what could not be read, and why\n");
}

}  // namespace

Result<ExitCode> run_status(const CommonFlags& common, const StatusFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto library,
                           library::Library::open(common.library, {.access = library::Access::kReadOnly}));
  GLIMPSE_ASSIGN_OR_RETURN(const auto overview, look_at(common, *library));
  std::vector<library::Failure> failures;
  if (flags.failed) {
    GLIMPSE_ASSIGN_OR_RETURN(failures, library->failures());
  }
  if (common.json) {
    print_as_json(overview, flags.failed ? &failures : nullptr);
    return ExitCode::kDone;
  }
  if (!flags.failed) print_for_people(overview);
  for (const auto& failure : failures) {
    fmt::print("{}\t{}\t{}\n", failure.reason, display(failure.path), failure.message);
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
