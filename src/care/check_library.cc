#include <fmt/format.h>

#include "base/file.h"
#include "care/checks.h"
#include "library/library_check.h"

namespace glimpse::care {
namespace {

using library::Access, library::Library;
using Depth = Library::CheckDepth;

constexpr const char* kWayBack =
    "'glimpse restore BACKUP --force' puts a backup in its place and keeps this one; without a backup, move the "
    "directory away and index again (pictures are never changed)";

/// One that cannot be opened may still say which rows are at fault.
void look_inside(const std::filesystem::path& file, Findings& findings) {
  auto connection = library::Connection::open(file, library::ConnectionMode::kReadOnly);
  if (!connection) return;
  const auto report = library::check_database(**connection, Depth::kFull);
  if (!report) return;
  for (const auto& problem : report->problems) {
    findings.push_back({Severity::kDamage, "library", file, "damage", problem, kWayBack});
  }
}

Result<std::unique_ptr<Library>> open(const ExamineOptions& options, Findings& findings) {
  const auto access = options.repair ? Access::kReadWrite : Access::kReadOnly;
  auto library = Library::open(options.library, {.access = access});
  if (library) return std::move(*library);
  const Error& error = library.error();
  switch (error.code()) {
    case ErrorCode::kNotFound:
    case ErrorCode::kUnavailable:
    case ErrorCode::kUnsupported:
      return error;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kCorruption:
    case ErrorCode::kIo:
    case ErrorCode::kResourceExhausted:
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kCancelled:
    case ErrorCode::kInternal:
      break;
  }
  const auto file = options.library / "library.sqlite";
  findings.push_back({Severity::kDamage, "library", file, "the library cannot be opened", error.message(), kWayBack});
  if (options.full || options.repair) look_inside(file, findings);
  return std::unique_ptr<Library>();
}

void add_report(const Library& library, const library::CheckReport& report, Findings& findings) {
  const auto file = library.directory() / "library.sqlite";
  const bool only_pictures = report.problems.size() == report.damaged_pictures.size();
  for (const auto& problem : report.problems) {
    findings.push_back({Severity::kDamage, "library", file, "a damaged row or page", problem,
                        only_pictures ? "'glimpse index' reads the picture again" : kWayBack});
  }
  for (const auto id : report.damaged_vectors) {
    const auto picture = library.picture(id);
    const std::string name = picture ? display(picture->path) : fmt::format("picture {}", id.value);
    findings.push_back({Severity::kDamage, "library", file, fmt::format("a damaged vector, of {}", name),
                        "its checksum disagrees", "'glimpse index' makes it again"});
  }
}

/// What is mended: said, and not looked at again.
Result<void> mend(Library& library, Findings& findings) {
  const auto file = library.directory() / "library.sqlite";
  GLIMPSE_ASSIGN_OR_RETURN(const auto repair, library.repair());
  const auto mended = [&](std::string what, std::string to_do) {
    findings.push_back({Severity::kDamage, "library", file, std::move(what), "found by its checksum or its order",
                        std::move(to_do), true});
  };
  if (repair.vectors > 0) {
    mended(fmt::format("{} damaged vectors", repair.vectors), "forgotten; 'glimpse index' makes them again");
  }
  if (repair.rebuilt_indexes) mended("an index of the database disagreed with its table", "built anew");
  if (repair.rebuilt_words) mended("the index of the captions' words was damaged", "built anew from the captions");
  return {};
}

}  // namespace

Result<std::unique_ptr<Library>> check_library(const ExamineOptions& options, Findings& findings) {
  GLIMPSE_ASSIGN_OR_RETURN(auto library, open(options, findings));
  if (!library) return library;
  const auto broken = [&](const Error& error) {
    findings.push_back({Severity::kDamage, "library", library->directory() / "library.sqlite",
                        "the library cannot be read to the end", error.message(), kWayBack});
  };
  if (options.repair) {
    if (const auto mended = mend(*library, findings); !mended) broken(mended.error());
  }
  const auto report = library->check(options.full || options.repair ? Depth::kFull : Depth::kQuick);
  if (report) {
    add_report(*library, *report, findings);
  } else {
    broken(report.error());
  }
  return library;
}

}  // namespace glimpse::care
