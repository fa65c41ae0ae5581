#include "care/doctor.h"

#include <algorithm>

#include "care/checks.h"
#include "library/sqlite.h"

namespace glimpse::care {

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::kNote:
      return "note";
    case Severity::kWarning:
      return "warning";
    case Severity::kDamage:
      return "damage";
  }
  return "note";
}

bool Examination::damage_remains() const {
  return std::ranges::any_of(findings, [](const Finding& f) { return f.severity == Severity::kDamage && !f.repaired; });
}

namespace {

Result<std::string> sqlite_version() {
  GLIMPSE_ASSIGN_OR_RETURN(const auto none, library::Connection::open(":memory:", library::ConnectionMode::kCreate));
  GLIMPSE_ASSIGN_OR_RETURN(auto row, none->query("SELECT sqlite_version()"));
  GLIMPSE_ASSIGN_OR_RETURN(const bool found, row.step());
  return found ? std::string(row.text(0)) : std::string();
}

}  // namespace

Result<Examination> examine(const ExamineOptions& options) {
  Examination examination;
  GLIMPSE_ASSIGN_OR_RETURN(examination.sqlite_version, sqlite_version());
  Findings& findings = examination.findings;
  GLIMPSE_ASSIGN_OR_RETURN(const auto library, check_library(options, findings));
  const bool alone = options.repair && library != nullptr;
  check_remains(options.library, alone, options.repair, findings);
  examination.cache_files = check_cache(options.library / "cache", options.repair, findings);
  for (const auto& cache : options.caches) examination.cache_files += check_cache(cache, options.repair, findings);
  if (library) check_models(*library, options, findings);
  check_surroundings(options, library.get(), findings);
  return examination;
}

}  // namespace glimpse::care
