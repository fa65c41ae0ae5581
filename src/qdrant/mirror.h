#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "library/library.h"
#include "qdrant/labels.h"
#include "qdrant/store.h"

namespace glimpse::qdrant {

struct MirrorOptions {
  std::size_t batch = 64;  ///< Points in one request.
  CollectionOptions creation = {};
};

/// What a comparison of every picture with every point found.
struct ReconcileReport {
  std::int64_t pictures = 0;   ///< With a vector of the model: what the collection is to hold.
  std::int64_t points = 0;     ///< Of this library, found in the collection.
  std::int64_t missing = 0;    ///< Pictures without a point.
  std::int64_t outdated = 0;   ///< Points that say something else than the library.
  std::int64_t strangers = 0;  ///< Points of this library that no picture has.
  std::int64_t others = 0;     ///< Points of other libraries and programs; left alone.
  std::int64_t sent = 0;       ///< Repaired; 0 when it was only looked.
  std::int64_t deleted = 0;
};

struct SyncReport {
  std::int64_t sent = 0;      ///< Points written, new or anew.
  std::int64_t deleted = 0;   ///< Points whose picture is gone.
  std::int64_t repaired = 0;  ///< Points that the store had lost, or kept though it was told to delete them.
  std::int64_t others = 0;    ///< Pictures of other machines that keep the name from leading to this model yet.
  SyncReport& operator+=(const SyncReport& other);
};

/// Makes a collection say what the library says of one model's pictures. The library stays the truth; its table
/// remote_points knows what the store acknowledged, so that a run that breaks off anywhere loses nothing and repeats
/// at most the batch it was at. Points of other libraries are never touched. docs/adr/0030-qdrant-mirror.md.
/// Thread-safe: calls wait for each other.
class Mirror {
 public:
  /// All must outlive it; the library must be open for writing. Errors: the library's.
  static Result<std::unique_ptr<Mirror>> open(library::Library& library, const library::Generation& generation,
                                              Store store, MirrorOptions options);

  /// Finds or makes the collection. Errors: Store::prepare's.
  Result<void> reach();
  /// Sends the vectors written since the last call: cheap, for while the library is being filled.
  Result<SyncReport> send_new();
  /// Sends and deletes whatever differs, then counts: a store that lost points or kept deleted ones is reconciled. When
  /// the generation is the active one, the name leads to its collection afterwards, unless other machines' pictures
  /// would be missing from it (SyncReport::others).
  Result<SyncReport> sync();

  /// Compares every picture with every point, whatever was acknowledged, and repairs unless `dry_run`. Holds some 100
  /// bytes a picture in memory.
  Result<ReconcileReport> reconcile(bool dry_run);

  /// Takes the name of a library that was lost; points under the name that this one had are deleted. To be followed by
  /// reconcile(). Errors also: Labels::adopt's.
  Result<void> adopt(const std::string& lost);

  /// Pictures that the store has not acknowledged; asks the library alone.
  Result<std::int64_t> waiting() const;

 private:
  struct Batch;
  struct Comparison;
  Mirror(library::Library& library, library::Generation generation, Store store, MirrorOptions options, Labels labels)
      : library_(library),
        generation_(std::move(generation)),
        store_(std::move(store)),
        options_(options),
        key_(store_.client().server() + "/" + store_.name()),
        labels_(std::move(labels)) {}

  Result<void> prepare();
  Result<SyncReport> send_from(std::int64_t sequence);
  Result<void> add(const library::RemoteCandidate& candidate, Batch& batch) const;
  Result<void> send(Batch& batch, SyncReport& report);
  Result<std::int64_t> delete_orphans();
  Result<bool> agrees() const;
  Result<Comparison> compare() const;
  Result<ReconcileReport> repair(bool dry_run);
  Result<std::int64_t> lead_here() const;
  Filter own() const;

  library::Library& library_;
  const library::Generation generation_;
  const Store store_;
  const MirrorOptions options_;
  const std::string key_;  ///< The store's name in remote_points.
  Labels labels_;
  std::mutex mutex_;
  std::optional<Target> target_;
  std::int64_t last_sequence_ = 0;  ///< Of the last vector looked at.
};

}  // namespace glimpse::qdrant
