#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/result.h"
#include "index/index_file.h"
#include "index/index_kind.h"
#include "library/library.h"

namespace glimpse::library {

struct VectorIndexOptions {
  std::optional<index::IndexKind> kind =
      std::nullopt;                 ///< Empty: chosen by how many vectors there are and the memory for them.
  std::uint64_t memory_budget = 0;  ///< Bytes; 0: no limit.
  int threads = 1;
  bool background = true;  ///< A search graph is built while searches go on; else only one from a file is used.
  bool files = true;       ///< Keep the index in the library's cache, and read it from there.
};

/// The vectors of a generation in memory, and how far into the library they reach. index() may be called by any thread,
/// the other methods by one at a time.
class LoadedIndex {
 public:
  /// Takes the index from the library's cache and what was committed since from the library, or all of it. Damaged
  /// vectors are left out and listed. Errors: as Library::for_each_vector.
  static Result<std::unique_ptr<LoadedIndex>> load(const Library& library, const Generation& generation,
                                                   const VectorIndexOptions& options = {});
  ~LoadedIndex();  ///< Waits for a file that is being written.
  LoadedIndex(const LoadedIndex&) = delete;
  LoadedIndex& operator=(const LoadedIndex&) = delete;

  /// Stays what it was when one of another kind takes its place; not to be kept longer than this object.
  std::shared_ptr<const index::VectorIndex> index() const;
  index::IndexKind kind() const;

  /// Takes over what was committed since, also by another program: new and changed vectors, removed pictures. Searches
  /// go on meanwhile. Takes as long as what is new, and where something was deleted as reading all ids; ask
  /// Library::data_version first. Of a generation that was dropped everything stays, for searches that are under way.
  Result<void> refresh();

  /// Their vectors disagree with their checksums: embed these pictures again.
  const std::vector<ImageId>& damaged() const { return source_.damaged; }
  GenerationId generation() const { return generation_.id; }

  /// How far into the library it reaches.
  const index::IndexSource& source() const { return source_; }
  /// Whether the index came from its file, and how many vectors were read from the library since: for tests and
  /// reports.
  bool from_file() const { return from_file_; }
  std::size_t vectors_read() const { return vectors_read_; }

  /// Writes the index into the library's cache now. Errors: io, resource_exhausted.
  Result<void> save() const;

 private:
  LoadedIndex(const Library& library, const Generation& generation, const VectorIndexOptions& options);
  std::filesystem::path file() const;
  index::IndexSetup setup();
  std::optional<index::IndexContents> read_file();
  Result<void> use(index::IndexKind kind, std::optional<index::IndexContents> contents);
  Result<void> take_changes();
  Result<void> forget_removed();
  Result<void> take_new();
  Result<void> outgrow();
  void save_when_worth_it();

  const Library& library_;
  const Generation generation_;
  const VectorIndexOptions options_;
  const std::unique_ptr<const index::ExactRows> exact_rows_;
  mutable std::mutex save_mutex_;   // one file at a time
  mutable std::mutex state_mutex_;  // guards what follows
  index::IndexSource source_;
  index::IndexKind kind_ = index::IndexKind::kExact;
  bool from_file_ = false;
  std::size_t vectors_read_ = 0;
  std::size_t unsaved_ = 0;                    // changes that the file lacks
  std::shared_ptr<index::VectorIndex> index_;  // its threads use what is above
  std::atomic<bool> saving_{false};
  std::thread saver_;
};

}  // namespace glimpse::library
