// SQLite behind our types.
//
// Every result code of SQLite becomes an Error in one function (error_code_of), so callers see who is at fault and
// whether to retry. Statements are cached per connection by the address of their literal and given back on
// destruction; a statement that is still in use is simply prepared a second time.
//
// Only a kReadWrite connection checkpoints: the others have SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE set and cannot write,
// which keeps SQLite before 3.51.3 clear of its WAL-reset bug (two connections that write or checkpoint at once).
// Source: https://www.sqlite.org/wal.html, https://www.sqlite.org/rescode.html
#include "library/sqlite.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "library/row_sum.h"

namespace glimpse::library {
namespace {

constexpr int kBusyTimeoutMs = 5000;

bool means_full(int system_error) { return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG; }

ErrorCode error_code_of(int result, int system_error) {
  // What we bind has the columns' types, and what may be there is looked for first: another type, or a key twice, was
  // read from a damaged row.
  if (result == SQLITE_CONSTRAINT_DATATYPE || result == SQLITE_CONSTRAINT_NOTNULL ||
      result == SQLITE_CONSTRAINT_UNIQUE || result == SQLITE_CONSTRAINT_PRIMARYKEY) {
    return ErrorCode::kCorruption;
  }
  switch (result & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return ErrorCode::kResourceExhausted;
    case SQLITE_IOERR:
      if (result == SQLITE_IOERR_NOMEM || means_full(system_error)) return ErrorCode::kResourceExhausted;
      return result == SQLITE_IOERR_SHORT_READ || result == SQLITE_IOERR_CORRUPTFS ? ErrorCode::kCorruption
                                                                                   : ErrorCode::kIo;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return ErrorCode::kCorruption;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return ErrorCode::kUnavailable;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ErrorCode::kIo;
    case SQLITE_INTERRUPT:
      return ErrorCode::kCancelled;
    default:
      return ErrorCode::kInternal;
  }
}

std::string_view way_back(ErrorCode code, int system_error) {
  if (code == ErrorCode::kCorruption) {
    return "the file is damaged: restore the library from a backup, or move its directory away and index again "
           "(pictures are never changed)";
  }
  if (code == ErrorCode::kResourceExhausted) {
    return means_full(system_error) ? "disk full: free some space and run again; what was committed is safe"
                                    : "disk full or a limit reached: free some space and run again; what was "
                                      "committed is safe";
  }
  if (code == ErrorCode::kUnavailable) return "another program holds it: try again";
  if (code == ErrorCode::kIo) return "check the disk and the permissions of the directory";
  return "please report this";
}

int open_flags(ConnectionMode mode) {
  switch (mode) {
    case ConnectionMode::kCreate:
      return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case ConnectionMode::kReadWrite:
      return SQLITE_OPEN_READWRITE;
    case ConnectionMode::kReadOnly:
      return SQLITE_OPEN_READONLY;
    case ConnectionMode::kImmutable:
      return SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
  }
  return SQLITE_OPEN_READONLY;
}

/// A file: URI, every byte that could mean something percent-encoded.
std::string immutable_uri(const std::filesystem::path& file) {
  std::string uri = "file:";
  for (const char c : file.native()) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = c == '/' || c == '.' || c == '-' || c == '_' || (c >= '0' && c <= '9') ||
                       (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return uri + "?immutable=1";
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      sql_(other.sql_),
      statement_(std::exchange(other.statement_, nullptr)),
      next_parameter_(other.next_parameter_),
      bind_result_(other.bind_result_) {}

Statement::~Statement() {
  if (statement_ != nullptr) connection_->give_back(sql_, statement_);
}

void Statement::bind(std::int64_t value) { bind_result_ |= sqlite3_bind_int64(statement_, next_parameter_++, value); }

void Statement::bind(double value) { bind_result_ |= sqlite3_bind_double(statement_, next_parameter_++, value); }

void Statement::bind_null() { bind_result_ |= sqlite3_bind_null(statement_, next_parameter_++); }

void Statement::bind(std::string_view text) {
  const char* data = text.empty() ? "" : text.data();
  bind_result_ |= sqlite3_bind_text64(statement_, next_parameter_++, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void Statement::bind(std::span<const std::byte> blob) {
  const void* data = blob.empty() ? static_cast<const void*>("") : blob.data();
  bind_result_ |= sqlite3_bind_blob64(statement_, next_parameter_++, data, blob.size(), SQLITE_TRANSIENT);
}

void Statement::bind(const std::filesystem::path& path) { bind(std::as_bytes(std::span(path.native()))); }

Result<bool> Statement::step() {
  if (bind_result_ != SQLITE_OK) return connection_->error(SQLITE_TOOBIG, "bind a value");
  errno = 0;
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return connection_->error(result, "run a statement");
}

Result<void> Statement::run() {
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, step());
    if (!row) return {};
  }
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::span<const std::byte> Statement::blob(int column) const {
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::filesystem::path Statement::path(int column) const {
  const auto bytes = blob(column);
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& file, ConnectionMode mode) {
  sqlite3* database = nullptr;
  const std::string name = mode == ConnectionMode::kImmutable ? immutable_uri(file) : file.native();
  const int flags = open_flags(mode) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int result = sqlite3_open_v2(name.c_str(), &database, flags, nullptr);
  if (database == nullptr) return Error::resource_exhausted("{}: no memory to open it", display(file));
  std::unique_ptr<Connection> connection(new Connection(database, file));
  if (result != SQLITE_OK) return connection->error(result, "open");
  GLIMPSE_RETURN_IF_ERROR(connection->configure(mode));
  return connection;
}

Result<void> Connection::configure(ConnectionMode mode) {
  sqlite3_busy_timeout(database_, kBusyTimeoutMs);
  if (const int result = register_row_sum(database_); result != SQLITE_OK) return error(result, "add glimpse_sum");
  sqlite3_db_config(database_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (mode != ConnectionMode::kReadWrite) sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return execute("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA foreign_keys=ON; PRAGMA mmap_size=0;");
}

Connection::~Connection() {
  for (auto& [sql, statements] : idle_) {
    for (sqlite3_stmt* statement : statements) sqlite3_finalize(statement);
  }
  sqlite3_close_v2(database_);
}

Result<void> Connection::execute(const char* sql) {
  errno = 0;
  const int result = sqlite3_exec(database_, sql, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return error(result, "run a statement");
  return {};
}

Result<sqlite3_stmt*> Connection::prepare(const char* sql) {
  if (auto& statements = idle_[sql]; !statements.empty()) {
    sqlite3_stmt* statement = statements.back();
    statements.pop_back();
    return statement;
  }
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) return error(result, "prepare a statement");
  return statement;
}

void Connection::give_back(const char* sql, sqlite3_stmt* statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  idle_[sql].push_back(statement);
}

Error Connection::error(int result, std::string_view doing) const {
  // SQLite does not keep the system's number for a failed write within a transaction; then errno, cleared before the
  // call, still holds it. Either only chooses between "the disk is full" and "the disk failed".
  const int last_errno = errno;
  const int kept = sqlite3_system_errno(database_);
  const int system_error = kept != 0 ? kept : last_errno;
  const ErrorCode code = error_code_of(result, system_error);
  std::string detail = sqlite3_errmsg(database_);
  if ((result & 0xff) == SQLITE_IOERR && system_error != 0) detail += fmt::format(" ({})", std::strerror(system_error));
  return {code, fmt::format("{}: cannot {}: {}; {}", file_name(), doing, detail, way_back(code, system_error))};
}

std::int64_t Connection::last_insert_id() const { return sqlite3_last_insert_rowid(database_); }
std::int64_t Connection::changed_rows() const { return sqlite3_changes64(database_); }
bool Connection::in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }
std::string Connection::file_name() const { return display(file_); }

Result<Transaction> Transaction::begin(Connection& connection) {
  GLIMPSE_RETURN_IF_ERROR(connection.run("BEGIN IMMEDIATE"));
  return Transaction(connection);
}

Result<void> Transaction::commit() {
  GLIMPSE_RETURN_IF_ERROR(connection_->run("COMMIT"));
  connection_ = nullptr;
  return {};
}

Transaction::~Transaction() {
  // A failed rollback leaves nothing to do here: SQLite drops the transaction when the connection closes.
  if (connection_ != nullptr && connection_->in_transaction()) static_cast<void>(connection_->run("ROLLBACK"));
}

}  // namespace glimpse::library
