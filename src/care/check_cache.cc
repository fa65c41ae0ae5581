// A cache file that cannot be trusted is worth nothing: it is removed, and made again when it is needed.
#include <signal.h>

#include <array>
#include <charconv>
#include <chrono>
#include <system_error>

#include "base/file.h"
#include "care/checks.h"
#include "encode/batch_choice.h"
#include "index/index_file.h"
#include "library/thumbnail_cache.h"
#include "runtime/compiled_cache.h"

namespace glimpse::care {
namespace {

namespace fs = std::filesystem;

/// Each kind of cache file, and who can tell whether one is whole.
struct Kind {
  const char* extension;
  const char* what;
  Result<void> (*check)(const fs::path& file);
};
constexpr std::array kKinds = {
    Kind{".thumb", "a damaged thumbnail", &library::check_thumbnail_file},
    Kind{".compiled", "a damaged compiled model", &runtime::check_compiled_file},
    Kind{".batch", "a damaged batch size", &encode::check_batch_file},
    Kind{".index", "a damaged index of vectors", &index::check_index_file},
};

constexpr auto kStrayAfter = std::chrono::hours(1);

bool is_old(const fs::path& file) {
  std::error_code error;
  const auto changed = fs::last_write_time(file, error);
  return !error && fs::file_time_type::clock::now() - changed > kStrayAfter;
}

/// Whether "name.<process>.<n>.tmp" was a process of this machine that is gone.
bool maker_is_gone(const fs::path& file) {
  const std::string process = file.stem().stem().extension().string();
  int id = 0;
  if (process.size() < 2) return false;
  std::from_chars(process.data() + 1, process.data() + process.size(), id);
  return id > 0 && ::kill(id, 0) != 0 && errno == ESRCH;
}

bool take_away(const fs::path& file) {
  std::error_code error;
  fs::remove_all(file, error);
  return !error;
}

void add_stray(const fs::path& file, bool repair, Findings& findings) {
  findings.push_back({Severity::kNote, "files", file, "an unfinished file that a crash left", "nobody reads it",
                      repair ? "removed" : "'glimpse doctor --repair' removes it", repair && take_away(file)});
}

void check_file(const Kind& kind, const fs::path& file, bool repair, Findings& findings) {
  const auto checked = kind.check(file);
  if (checked || checked.error().code() == ErrorCode::kNotFound) return;
  // Of another version: no damage, and replaced when it is next wanted.
  if (checked.error().code() == ErrorCode::kUnsupported) return;
  findings.push_back({Severity::kDamage, "cache", file, kind.what, checked.error().message(),
                      repair ? "removed; it is made again when it is needed"
                             : "'glimpse doctor --repair' removes it; it is made again when it is needed",
                      repair && take_away(file)});
}

}  // namespace

std::int64_t check_cache(const fs::path& directory, bool repair, Findings& findings) {
  std::int64_t files = 0;
  std::vector<fs::path> paths;  // gathered first: what is removed must not be walked over
  std::error_code error;
  auto walk = fs::recursive_directory_iterator(directory, fs::directory_options::skip_permission_denied, error);
  for (; !error && walk != fs::end(walk); walk.increment(error)) paths.push_back(walk->path());
  for (const fs::path& path : paths) {
    if (path.extension() == ".tmp" && is_old(path)) add_stray(path, repair, findings);
    for (const Kind& kind : kKinds) {
      if (path.extension() != kind.extension) continue;
      ++files;
      check_file(kind, path, repair, findings);
    }
  }
  return files;
}

void check_remains(const fs::path& library, bool alone, bool repair, Findings& findings) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(library, error)) paths.push_back(entry.path());
  for (const fs::path& path : paths) {
    const bool unfinished = path.extension() == ".tmp" || path.filename() == "library.sqlite.new";
    const bool stray = unfinished && (is_old(path) || (alone && (path.extension() == ".new" || maker_is_gone(path))));
    if (stray) add_stray(path, repair && alone, findings);
    if (path.filename().native().starts_with("replaced-")) {
      findings.push_back({Severity::kNote, "files", path, "a library that 'glimpse restore' replaced",
                          "it was set aside", "delete it once you are sure that you do not need it"});
    }
  }
}

}  // namespace glimpse::care
