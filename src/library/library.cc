// Opening, roots, generations, settings and the check. Reading pictures and vectors: library_read.cc; writing them:
// write_batch.cc.
#include "library/library.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <system_error>

#include "base/file.h"
#include "base/hash.h"
#include "library/library_check.h"
#include "library/library_state.h"
#include "library/presence.h"
#include "library/schema.h"
#include "library/skip_rules.h"

namespace glimpse::library {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxIdleReaders = 8;

fs::path database_file(const fs::path& directory) { return directory / "library.sqlite"; }

Result<void> make_directory(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (!error) return {};
  const auto code = error == std::errc::no_space_on_device ? ErrorCode::kResourceExhausted : ErrorCode::kIo;
  return Error(code, fmt::format("{}: cannot create the library's directory: {}", display(directory), error.message()));
}

Error no_library(const fs::path& directory) {
  return Error::not_found("{}: no glimpse library here: index a folder of pictures first, or name another directory",
                          display(directory));
}

/// Whoever waits is announced, so that a follower makes way.
Result<WriterLock> lock_for_writing(const fs::path& directory, std::chrono::milliseconds wait) {
  const fs::path file = directory / "lock";
  auto lock = WriterLock::acquire(file);
  if (lock || lock.error().code() != ErrorCode::kUnavailable || wait.count() <= 0) return lock;
  const auto waiting = Presence::announce(directory, Presence::Kind::kWaiting);  // without it, just as patiently
  return WriterLock::acquire(file, wait);
}

bool present(const fs::path& file) {
  struct stat info{};
  return ::lstat(file.c_str(), &info) == 0;
}

/// A truncated or overwritten file gets a plain answer before SQLite sees it. (A file of 0 bytes would be an empty
/// database to SQLite, and its log would be thrown away; ours is never empty, see create_database.)
Result<void> check_header(const fs::path& file) {
  struct stat info{};
  if (::stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return Error::io("{}: expected a regular file that can be read", display(file));
  }
  constexpr off_t kHeaderBytes = 100;
  if (info.st_size >= kHeaderBytes) return {};
  return Error::corruption(
      "{}: {} bytes, expected at least {}: the file was cut off; restore the library from a backup, or move its "
      "directory away and index again (pictures are never changed)",
      display(file), info.st_size, kHeaderBytes);
}

/// SQLite needs to make a shared-memory file beside the database, even to read. Where it cannot, and no writer can
/// either, the file is read as it is.
ConnectionMode reader_mode(const fs::path& directory) {
  struct stat log{};
  const bool has_log = ::stat((database_file(directory).native() + "-wal").c_str(), &log) == 0 && log.st_size > 0;
  return !has_log && ::faccessat(AT_FDCWD, directory.c_str(), W_OK, AT_EACCESS) != 0 ? ConnectionMode::kImmutable
                                                                                     : ConnectionMode::kReadOnly;
}

Result<void> prepare_writer(Connection& writer) {
  GLIMPSE_ASSIGN_OR_RETURN(auto mode, writer.query("PRAGMA journal_mode=WAL"));
  GLIMPSE_ASSIGN_OR_RETURN(const bool row, mode.step());
  if (!row || mode.text(0) != "wal") {
    return Error::io("{}: this file system cannot hold a write-ahead log (needs shared memory): use a local disk",
                     writer.file_name());
  }
  return writer.execute(
      "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=1000; PRAGMA journal_size_limit=67108864;"
      "PRAGMA cache_size=-16000;");
}

}  // namespace

std::int64_t now_ms() {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

Result<ReadPool::Lease> ReadPool::lease() {
  {
    const std::lock_guard guard(mutex_);
    if (!idle_.empty()) {
      Lease lease(*this, std::move(idle_.back()));
      idle_.pop_back();
      return lease;
    }
  }
  GLIMPSE_ASSIGN_OR_RETURN(auto connection, Connection::open(file_, mode_));
  return Lease(*this, std::move(connection));
}

void ReadPool::give_back(std::unique_ptr<Connection> connection) {
  const std::lock_guard guard(mutex_);
  if (idle_.size() < kMaxIdleReaders) idle_.push_back(std::move(connection));
}

Library::Library(std::unique_ptr<State> state) : state_(std::move(state)) {}
Library::~Library() = default;

Result<std::unique_ptr<Library>> Library::open(const fs::path& directory, const OpenOptions& options) {
  const bool writes = options.access == Access::kReadWrite;
  std::error_code error;
  auto state = std::make_unique<State>();
  state->directory = fs::absolute(directory, error).lexically_normal();
  if (error) return Error::io("{}: {}", display(directory), error.message());
  const fs::path file = database_file(state->directory);
  if (options.create && !writes) return Error::invalid_argument("a library is created by opening it for writing");
  if (options.create) GLIMPSE_RETURN_IF_ERROR(make_directory(state->directory));
  if (!options.create && !present(file)) return no_library(state->directory);
  if (writes) {
    GLIMPSE_ASSIGN_OR_RETURN(auto lock, lock_for_writing(state->directory, options.wait));
    state->lock.emplace(std::move(lock));
  }
  if (options.create && !present(file)) GLIMPSE_RETURN_IF_ERROR(create_database(file));
  GLIMPSE_RETURN_IF_ERROR(check_header(file));
  if (writes) {
    GLIMPSE_ASSIGN_OR_RETURN(state->writer, Connection::open(file, ConnectionMode::kReadWrite));
    GLIMPSE_RETURN_IF_ERROR(prepare_writer(*state->writer));
    GLIMPSE_RETURN_IF_ERROR(migrate(*state->writer, true));
    GLIMPSE_RETURN_IF_ERROR(check_rows_all_rests_on(*state->writer));
  }
  state->readers = std::make_unique<ReadPool>(file, reader_mode(state->directory));
  if (!writes) {
    GLIMPSE_ASSIGN_OR_RETURN(auto reader, state->readers->lease());
    GLIMPSE_RETURN_IF_ERROR(migrate(*reader, false));
    GLIMPSE_RETURN_IF_ERROR(check_rows_all_rests_on(*reader));
  }
  return std::unique_ptr<Library>(new Library(std::move(state)));
}

const fs::path& Library::directory() const { return state_->directory; }
fs::path Library::cache_directory() const { return state_->directory / "cache"; }

Result<std::int64_t> Library::data_version() const {
  const std::lock_guard guard(state_->version_mutex);
  if (!state_->version_reader) {
    GLIMPSE_ASSIGN_OR_RETURN(state_->version_reader,
                             Connection::open(database_file(state_->directory), reader_mode(state_->directory)));
  }
  return state_->version_reader->integer("PRAGMA data_version");
}

Result<std::optional<std::string>> Library::setting(std::string_view key) const {
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(auto row, reader->query("SELECT value FROM settings WHERE key = ?", key));
  GLIMPSE_ASSIGN_OR_RETURN(const bool found, row.step());
  if (!found) return std::optional<std::string>();
  return std::optional<std::string>(row.text(0));
}

Result<void> Library::set_setting(std::string_view key, std::string_view value) {
  return state_->write([&](Connection& writer) -> Result<void> {
    return writer.run(
        "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", key, value);
  });
}

Result<void> Library::TEST_limit_size(std::int64_t size_bytes) {
  const std::lock_guard guard(state_->write_mutex);
  GLIMPSE_ASSIGN_OR_RETURN(const auto page, state_->writer->integer("PRAGMA page_size"));
  const auto pages = size_bytes == 0 ? 1'073'741'823 : size_bytes / page;
  return state_->writer->execute(fmt::format("PRAGMA max_page_count={}", pages).c_str());
}

}  // namespace glimpse::library
