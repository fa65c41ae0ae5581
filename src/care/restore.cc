// In this order, each step on the disk before the next:
//
//   1  copy the backup to "restore.<process>.<n>.tmp" inside the library's directory, and verify the copy
//   2  empty the old library's write-ahead log into its database
//   3  give the old library a second name: hard links (else copies) in "replaced-<time>"
//   4  remove the old log, which would be taken for the new database's
//   5  rename the new database over the old
//
// Up to 5 the old library is in place and whole (after 2 its log is empty, so 4 takes nothing); from 5 on the new one
// is. One that is too damaged for step 2 is whole in "replaced-<time>" before anything of it goes.
#include "care/restore.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <system_error>

#include "base/durable.h"
#include "base/file.h"
#include "care/backup.h"
#include "library/build_lock.h"
#include "library/sqlite.h"
#include "library/writer_lock.h"

namespace glimpse::care {
namespace {

namespace fs = std::filesystem;

fs::path with_suffix(const fs::path& file, const char* suffix) { return file.native() + suffix; }

bool present(const fs::path& file) {
  struct stat info{};
  return ::lstat(file.c_str(), &info) == 0;
}

struct TemporaryDirectory {
  fs::path path;
  ~TemporaryDirectory() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

Error failed(const fs::path& path, const char* doing, const std::error_code& error) {
  const auto code = error == std::errc::no_space_on_device ? ErrorCode::kResourceExhausted : ErrorCode::kIo;
  return {code, fmt::format("{}: cannot {}: {}", display(path), doing, error.message())};
}

Result<void> copy_durably(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::copy_file(from, to, error);
  if (error) return failed(to, "copy", error);
  return sync_file(to);
}

Result<Manifest> stage(const fs::path& backup, const fs::path& staging) {
  std::error_code error;
  fs::create_directories(staging, error);
  if (error) return failed(staging, "create a directory", error);
  for (const char* name : {kDatabaseFile, kManifestFile, kSumsFile}) {
    const fs::path file = backup / name;
    if (!fs::is_regular_file(fs::symlink_status(file, error))) {
      return Error::corruption("{}: expected a plain file: this is no backup as 'glimpse backup' writes it",
                               display(file));
    }
    GLIMPSE_RETURN_IF_ERROR(copy_durably(file, staging / name));
  }
  return verify_backup(staging).with_context("the copy of the backup");
}

/// Moves what the log holds into the database. A library that is too damaged for it stays as it is.
Result<void> empty_log(const fs::path& database) {
  auto connection = library::Connection::open(database, library::ConnectionMode::kReadWrite);
  if (!connection) return {};
  const auto busy = (*connection)->integer("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!busy || *busy == 0) return {};
  return Error::unavailable("{}: another program reads the library at this moment: stop 'glimpse serve', or try again",
                            display(database));
}

Result<void> keep(const fs::path& file, const fs::path& directory) {
  if (!present(file)) return {};
  std::error_code error;
  const fs::path kept = directory / file.filename();
  if (!fs::is_regular_file(fs::symlink_status(file, error))) {
    fs::rename(file, kept, error);  // no database: something else that bears its name
    return error ? Result<void>(failed(file, "set it aside", error)) : Result<void>();
  }
  fs::create_hard_link(file, kept, error);
  return error ? copy_durably(file, kept) : sync_file(kept);
}

/// The name of the directory with the old library.
Result<fs::path> set_aside(const fs::path& directory) {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  const std::string name = fmt::format("replaced-{:%Y%m%dT%H%M%SZ}", fmt::gmtime(now));
  fs::path aside = directory / name;
  for (int n = 2; present(aside); ++n) aside = directory / fmt::format("{}-{}", name, n);
  std::error_code error;
  fs::create_directory(aside, error);
  if (error) return failed(aside, "create a directory", error);
  const fs::path database = directory / kDatabaseFile;
  for (const fs::path& file : {database, with_suffix(database, "-wal")}) GLIMPSE_RETURN_IF_ERROR(keep(file, aside));
  GLIMPSE_RETURN_IF_ERROR(sync_directory(aside));
  GLIMPSE_RETURN_IF_ERROR(sync_directory(directory));
  return aside;
}

/// The old log, and what was computed from the old library.
Result<void> remove_remains(const fs::path& directory) {
  std::error_code error;
  for (const char* suffix : {"-wal", "-shm"}) {
    fs::remove_all(with_suffix(directory / kDatabaseFile, suffix), error);
    if (error) return failed(directory, "remove the old log", error);
  }
  fs::remove_all(directory / "cache", error);
  if (error) return failed(directory / "cache", "remove", error);
  return sync_directory(directory);
}

/// One writes in turns, and would go on in the new library with what it knows of the old.
Result<void> check_no_build(const fs::path& directory) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto build, library::running_build(directory));
  if (!build) return {};
  return Error::unavailable("{}: 'glimpse model use' is at work here: wait for it, or 'glimpse model stop'",
                            display(directory));
}

Result<void> replace_database(const fs::path& fresh, const fs::path& database) {
  std::error_code error;
  fs::rename(fresh, database, error);
  if (error) return failed(database, "rename into place", error);
  return sync_directory(database.parent_path());
}

}  // namespace

Result<Restored> restore(const fs::path& backup, const fs::path& library, bool replace) {
  std::error_code error;
  fs::path directory = fs::absolute(library, error).lexically_normal();
  if (!directory.has_filename()) directory = directory.parent_path();
  const fs::path database = directory / kDatabaseFile;
  if (present(database) && !replace) {
    return Error::already_exists(
        "{}: there is a library already; --force puts the backup in its place and keeps the old one beside it",
        display(directory));
  }
  // Looked at before anything is made, so that a mistyped name leaves nothing behind.
  if (!fs::is_directory(backup, error)) {
    return Error::not_found("{}: expected the directory of a backup, as 'glimpse backup' writes it", display(backup));
  }
  fs::create_directories(directory, error);
  if (error) return failed(directory, "create the library's directory", error);
  GLIMPSE_ASSIGN_OR_RETURN(const auto lock, library::WriterLock::acquire(directory / "lock"));
  GLIMPSE_RETURN_IF_ERROR(check_no_build(directory));
  const TemporaryDirectory staging{temporary_beside(directory / "restore")};
  Restored restored;
  GLIMPSE_ASSIGN_OR_RETURN(restored.manifest, stage(backup, staging.path));
  if (present(database)) {
    GLIMPSE_RETURN_IF_ERROR(empty_log(database));
    GLIMPSE_ASSIGN_OR_RETURN(restored.set_aside, set_aside(directory));
  }
  GLIMPSE_RETURN_IF_ERROR(remove_remains(directory));
  GLIMPSE_RETURN_IF_ERROR(replace_database(staging.path / kDatabaseFile, database));
  GLIMPSE_RETURN_IF_ERROR(sync_directory(directory.parent_path()));
  return restored;
}

}  // namespace glimpse::care
