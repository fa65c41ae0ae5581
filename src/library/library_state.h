#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "library/caption_rows.h"
#include "library/library.h"
#include "library/sqlite.h"
#include "library/writer_lock.h"

namespace glimpse::library {

/// Connections for reading, handed to one thread at a time. Thread-safe.
class ReadPool {
 public:
  ReadPool(std::filesystem::path file, ConnectionMode mode) : file_(std::move(file)), mode_(mode) {}

  /// A connection that goes back to the pool when the lease ends.
  class Lease {
   public:
    Lease(ReadPool& pool, std::unique_ptr<Connection> connection) : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_) pool_->give_back(std::move(connection_));
    }
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    ReadPool* pool_;
    std::unique_ptr<Connection> connection_;
  };
  Result<Lease> lease();

 private:
  void give_back(std::unique_ptr<Connection> connection);
  const std::filesystem::path file_;
  const ConnectionMode mode_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

/// Declared in the order of their making: readers close first, then the writer (whose closing checkpoints), then the
/// lock.
struct Library::State {
  std::filesystem::path directory;
  std::optional<WriterLock> lock;
  std::unique_ptr<Connection> writer;  ///< Empty when read-only.
  std::mutex write_mutex;
  std::unique_ptr<ReadPool> readers;
  std::mutex version_mutex;
  std::unique_ptr<Connection> version_reader;  ///< PRAGMA data_version compares with the same connection's past.

  /// Runs `body(Connection&)` in one write transaction: committed when it succeeds, undone when it fails.
  template <typename F>
  std::invoke_result_t<F, Connection&> write(F&& body) {
    if (!writer) return Error::invalid_argument("{}: the library is open for reading only", display(directory));
    const std::lock_guard guard(write_mutex);
    GLIMPSE_ASSIGN_OR_RETURN(auto transaction, Transaction::begin(*writer));
    auto result = std::forward<F>(body)(*writer);
    if (!result.has_value()) return result;
    GLIMPSE_RETURN_IF_ERROR(forget_left_captions(*writer));
    GLIMPSE_RETURN_IF_ERROR(transaction.commit());
    return result;
  }
};

std::int64_t now_ms();

/// The one picture, or not_found.
Result<Picture> read_picture(const Statement& row);
Result<Generation> read_generation(const Statement& row);

/// What is kept beside a root's row: when it was scanned, why it is offline. library_rules.cc.
Result<void> read_scan_record(Connection& connection, Root& root);
Result<void> forget_scan_record(Connection& connection, RootId id);

/// Recomputes the checksum of one row after a change.
Result<void> seal_root(Connection& connection, RootId id);
Result<void> seal_generation(Connection& connection, GenerationId id);
Result<void> seal_picture(Connection& connection, ImageId id);

/// The checksum of a vector covers whose it is, so that a row in the wrong place is found too.
std::int64_t vector_checksum(ImageId picture, GenerationId generation, std::span<const std::byte> halves);

}  // namespace glimpse::library
