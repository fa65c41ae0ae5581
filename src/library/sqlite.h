#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace glimpse::library {

class Connection;

/// A prepared statement with its arguments bound, borrowed from its connection; given back on destruction.
/// The views that column functions return hold until the next step.
class Statement {
 public:
  Statement(Connection& connection, const char* sql, sqlite3_stmt* statement)
      : connection_(&connection), sql_(sql), statement_(statement) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  void bind(std::int64_t value);
  void bind(double value);
  void bind_null();
  void bind(std::string_view text);
  void bind(std::span<const std::byte> blob);
  void bind(const std::filesystem::path& path);  ///< As a blob: names are bytes.

  /// True: a row is there. False: done.
  Result<bool> step();
  /// For statements that return no rows.
  Result<void> run();

  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;
  std::span<const std::byte> blob(int column) const;
  std::filesystem::path path(int column) const;
  bool is_null(int column) const;

 private:
  Connection* connection_;
  const char* sql_;
  sqlite3_stmt* statement_;
  int next_parameter_ = 1;
  int bind_result_ = 0;
};

enum class ConnectionMode {
  kCreate,     ///< Read and write; the file is made when missing.
  kReadWrite,  ///< The one connection that writes and checkpoints.
  kReadOnly,   ///< Never writes, never checkpoints.
  kImmutable,  ///< Read-only on a medium where not even the shared-memory file can be made.
};

/// One SQLite connection. One thread at a time. All SQLite results become Errors here.
class Connection {
 public:
  static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& file, ConnectionMode mode);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Runs one or more statements without parameters; rows are dropped.
  Result<void> execute(const char* sql);

  /// A statement with `arguments` bound in order. `sql` must be a literal: its address is the cache key.
  template <typename... A>
  Result<Statement> query(const char* sql, const A&... arguments) {
    GLIMPSE_ASSIGN_OR_RETURN(sqlite3_stmt * prepared, prepare(sql));
    Statement statement(*this, sql, prepared);
    (bind_one(statement, arguments), ...);
    return statement;
  }

  template <typename... A>
  Result<void> run(const char* sql, const A&... arguments) {
    GLIMPSE_ASSIGN_OR_RETURN(auto statement, query(sql, arguments...));
    return statement.run();
  }

  /// The first column of the first row, as in PRAGMA user_version. Errors: corruption when there is no row.
  template <typename... A>
  Result<std::int64_t> integer(const char* sql, const A&... arguments) {
    GLIMPSE_ASSIGN_OR_RETURN(auto statement, query(sql, arguments...));
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, statement.step());
    if (!row) return Error::corruption("{}: no answer to '{}'", file_name(), sql);
    return statement.integer(0);
  }

  std::int64_t last_insert_id() const;
  std::int64_t changed_rows() const;
  bool in_transaction() const;
  std::string file_name() const;

 private:
  friend class Statement;
  Connection(sqlite3* database, std::filesystem::path file) : database_(database), file_(std::move(file)) {}

  template <typename T>
  static void bind_one(Statement& statement, const T& value) {
    if constexpr (std::integral<T>) {
      statement.bind(static_cast<std::int64_t>(value));
    } else if constexpr (requires { value.has_value(); }) {
      value ? bind_one(statement, *value) : statement.bind_null();
    } else if constexpr (std::convertible_to<T, std::span<const std::byte>>) {
      statement.bind(std::span<const std::byte>(value));
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
      statement.bind(std::string_view(value));
    } else {
      statement.bind(value);
    }
  }

  Result<void> configure(ConnectionMode mode);
  Result<sqlite3_stmt*> prepare(const char* sql);
  void give_back(const char* sql, sqlite3_stmt* statement);
  Error error(int result, std::string_view doing) const;

  sqlite3* database_;
  std::filesystem::path file_;
  std::unordered_map<const char*, std::vector<sqlite3_stmt*>> idle_;
};

/// BEGIN IMMEDIATE … COMMIT; rolled back when destroyed before commit().
class Transaction {
 public:
  static Result<Transaction> begin(Connection& connection);
  Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  /// Durable when it returns. On error nothing of the transaction is visible.
  Result<void> commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace glimpse::library
