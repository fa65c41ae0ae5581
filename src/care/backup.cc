// A backup is a directory of three files: the database, the manifest, and the SHA-256 of both as sha256sum writes them.
// No archive, so there are no names to escape from it, and people can check it with what every system has.
//
// The copy is made by VACUUM INTO through a connection that cannot write: one read transaction, whose moment the
// write-ahead log keeps for it while writers go on. It comes together in "<target>.<process>.<n>.tmp" and is flushed,
// checked and renamed; the name must be free.
// Source: https://www.sqlite.org/lang_vacuum.html, section 4; https://www.sqlite.org/isolation.html
#include "care/backup.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <system_error>

#include "base/durable.h"
#include "base/file.h"
#include "hub/digest.h"

namespace glimpse::care {
namespace {

namespace fs = std::filesystem;
using library::Library;

/// Removed with all that is in it, unless it has moved.
struct TemporaryDirectory {
  fs::path path;
  ~TemporaryDirectory() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

std::string now_in_words() {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

Result<Manifest> check_copy(const fs::path& directory) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto copy, Library::open(directory, {.access = library::Access::kReadOnly}));
  GLIMPSE_ASSIGN_OR_RETURN(const auto report, copy->check(Library::CheckDepth::kFull));
  if (!report.ok()) {
    return Error::corruption(
        "the library is damaged ({} rows or pages, {} vectors; first: {}): no backup was written; 'glimpse doctor "
        "--repair' mends what it can",
        report.problems.size(), report.damaged_vectors.size(),
        report.problems.empty() ? "a vector" : report.problems.front());
  }
  return describe(*copy);
}

Result<void> write_sums(const fs::path& directory) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto database, hub::sha256_of(directory / kDatabaseFile));
  GLIMPSE_ASSIGN_OR_RETURN(const auto manifest, hub::sha256_of(directory / kManifestFile));
  const std::string sums = fmt::format("{}  {}\n{}  {}\n", database, kDatabaseFile, manifest, kManifestFile);
  return write_file_atomically(directory / kSumsFile, std::string_view(sums));
}

Result<Manifest> fill(const Library& source, const fs::path& directory, const std::string& glimpse_version) {
  const fs::path database = directory / kDatabaseFile;
  GLIMPSE_RETURN_IF_ERROR(source.copy_to(database));
  GLIMPSE_RETURN_IF_ERROR(sync_file(database));
  GLIMPSE_ASSIGN_OR_RETURN(Manifest manifest, check_copy(directory));
  manifest.glimpse_version = glimpse_version;
  manifest.created_at = now_in_words();
  GLIMPSE_ASSIGN_OR_RETURN(const FileStamp stamp, stamp_of(database));
  manifest.database_bytes = stamp.size_bytes;
  GLIMPSE_RETURN_IF_ERROR(write_file_atomically(directory / kManifestFile, std::string_view(to_json(manifest))));
  GLIMPSE_RETURN_IF_ERROR(write_sums(directory));
  GLIMPSE_RETURN_IF_ERROR(sync_directory(directory));
  return manifest;
}

}  // namespace

Result<Manifest> back_up(const fs::path& library, const fs::path& target, const std::string& glimpse_version) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto source, Library::open(library, {.access = library::Access::kReadOnly}));
  std::error_code error;
  fs::path place = fs::absolute(target, error).lexically_normal();
  if (!place.has_filename()) place = place.parent_path();  // "x/" is "x"
  if (fs::exists(fs::symlink_status(place, error))) {
    return Error::already_exists("{}: there already; a backup never replaces anything: choose another name",
                                 display(place));
  }
  const TemporaryDirectory unfinished{temporary_beside(place)};
  fs::create_directory(unfinished.path, error);
  if (error) return Error::io("{}: cannot create a directory here: {}", display(place.parent_path()), error.message());
  GLIMPSE_ASSIGN_OR_RETURN(auto manifest, fill(*source, unfinished.path, glimpse_version));
  GLIMPSE_RETURN_IF_ERROR(rename_to_free_name(unfinished.path, place));
  GLIMPSE_RETURN_IF_ERROR(sync_directory(place.parent_path()));
  return manifest;
}

}  // namespace glimpse::care
