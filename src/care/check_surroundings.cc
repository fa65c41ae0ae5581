#include <fmt/format.h>
#include <unistd.h>

#include <system_error>

#include "base/file.h"
#include "base/memory.h"
#include "care/checks.h"
#include "library/writer_lock.h"

namespace glimpse::care {
namespace {

namespace fs = std::filesystem;

void check_roots(const library::Library& library, Findings& findings) {
  const auto roots = library.roots();
  if (!roots) return;
  for (const auto& root : *roots) {
    std::error_code error;
    const bool readable = fs::is_directory(root.path, error) && ::access(root.path.c_str(), R_OK | X_OK) == 0;
    if (!readable) {
      findings.push_back({Severity::kWarning, "folder", root.path, "a folder that cannot be read",
                          "not mounted, moved away, or no permission; its pictures are kept",
                          "make it readable again, then 'glimpse index'"});
    } else if (root.state == library::RootState::kOffline) {
      findings.push_back({Severity::kNote, "folder", root.path, "a folder that was offline when it was last indexed",
                          "missing, empty or mostly gone at that time; its pictures are kept", "'glimpse index'"});
    }
  }
}

void check_permissions(const fs::path& library, Findings& findings) {
  for (const fs::path& path : {library, library / "library.sqlite"}) {
    if (::access(path.c_str(), W_OK) == 0) continue;
    findings.push_back({Severity::kWarning, "files", path, "no permission to write here",
                        "searching works, indexing does not",
                        "give this user the right to write, or run as the one who owns it"});
  }
}

void check_disk(const fs::path& directory, Findings& findings) {
  std::error_code error;
  const auto space = fs::space(directory, error);
  constexpr std::uintmax_t kLittle = 1'000'000'000;
  if (error || (space.available >= kLittle && space.available >= space.capacity / 20)) return;
  findings.push_back({space.available < kLittle / 10 ? Severity::kWarning : Severity::kNote, "disk", directory,
                      fmt::format("{} free", readable_bytes(space.available)),
                      "a full disk stops indexing; what was committed is safe", "free some space"});
}

/// Only asked when we do not write ourselves.
void check_writer(const fs::path& library, Findings& findings) {
  if (::access(library.c_str(), W_OK) != 0) return;  // asking makes the file
  const auto lock = library::WriterLock::acquire(library / "lock");
  if (lock) return;
  const bool busy = lock.error().code() == ErrorCode::kUnavailable;
  findings.push_back({busy ? Severity::kNote : Severity::kWarning, "writer", library / "lock",
                      busy ? "another program is writing to the library" : "the writer's lock cannot be used",
                      lock.error().message(), busy ? "" : "remove what stands in its place"});
}

}  // namespace

void check_surroundings(const ExamineOptions& options, const library::Library* library, Findings& findings) {
  if (library != nullptr) check_roots(*library, findings);
  check_permissions(options.library, findings);
  check_disk(options.library, findings);
  for (const auto& cache : options.caches) check_disk(cache, findings);
  if (!options.repair) check_writer(options.library, findings);
}

}  // namespace glimpse::care
