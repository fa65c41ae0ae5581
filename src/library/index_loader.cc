#include "library/index_loader.h"

#include <algorithm>
#include <unordered_set>

namespace glimpse::library {
namespace {

/// Gathers rows so that the index makes one snapshot for many of them.
class RowBuffer {
 public:
  explicit RowBuffer(index::ExactIndex& index) : index_(index) {}

  void add(const Library::StoredVector& stored) {
    ids_.push_back(stored.picture);
    halves_.insert(halves_.end(), stored.halves.begin(), stored.halves.end());
    constexpr std::size_t kRows = 4096;
    if (ids_.size() == kRows) static_cast<void>(flush());  // the last flush reports
  }

  /// The first error of all flushes.
  Result<void> flush() {
    if (result_.has_value() && !ids_.empty()) result_ = index_.upsert_halves(ids_, halves_);
    ids_.clear();
    halves_.clear();
    return result_;
  }

 private:
  index::ExactIndex& index_;
  std::vector<ImageId> ids_;
  std::vector<std::uint16_t> halves_;
  Result<void> result_;
};

Result<void> take_new(const Library& library, LoadedIndex& loaded) {
  RowBuffer buffer(*loaded.index);
  const auto visit = [&](const Library::StoredVector& stored) {
    loaded.last_sequence = stored.sequence;
    std::erase(loaded.damaged, stored.picture);
    if (stored.halves.empty()) {
      loaded.damaged.push_back(stored.picture);
    } else {
      buffer.add(stored);
    }
  };
  GLIMPSE_RETURN_IF_ERROR(library.for_each_vector(loaded.generation, loaded.last_sequence, visit));
  return buffer.flush();
}

Result<bool> is_there(const Library& library, GenerationId id) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto all, library.generations());
  return std::ranges::find(all, id, &Generation::id) != all.end();
}

Result<void> forget_gone(const Library& library, LoadedIndex& loaded) {
  std::unordered_set<ImageId> stored;
  GLIMPSE_RETURN_IF_ERROR(
      library.for_each_sequence(loaded.generation, [&](ImageId id, std::int64_t) { stored.insert(id); }));
  // Asked after reading: a dropped generation has no vectors, which is not news about its pictures.
  GLIMPSE_ASSIGN_OR_RETURN(const bool there, is_there(library, loaded.generation));
  if (!there) return {};
  std::vector<ImageId> gone = loaded.index->ids();
  std::erase_if(gone, [&](ImageId id) { return stored.contains(id); });
  loaded.index->erase(gone);
  std::erase_if(loaded.damaged, [&](ImageId id) { return !stored.contains(id); });
  return {};
}

Result<void> take_changes(const Library& library, LoadedIndex& loaded) {
  // Asked before reading: what is written in between is met twice rather than never.
  GLIMPSE_ASSIGN_OR_RETURN(const auto marks, library.vector_marks(loaded.generation));
  const bool lost = marks.losses < 0 || marks.losses != loaded.losses;
  if (lost && loaded.index->size() + loaded.damaged.size() > 0) {
    GLIMPSE_RETURN_IF_ERROR(forget_gone(library, loaded));
  }
  GLIMPSE_RETURN_IF_ERROR(take_new(library, loaded));
  loaded.last_sequence = std::max(loaded.last_sequence, marks.last_sequence);
  loaded.losses = marks.losses;
  return {};
}

}  // namespace

Result<LoadedIndex> load_exact_index(const Library& library, const Generation& generation,
                                     const index::ExactIndexOptions& options) {
  LoadedIndex loaded;
  loaded.generation = generation.id;
  GLIMPSE_ASSIGN_OR_RETURN(loaded.index,
                           index::ExactIndex::create(static_cast<std::size_t>(generation.dimension), options));
  GLIMPSE_RETURN_IF_ERROR(take_changes(library, loaded));
  return loaded;
}

Result<void> refresh(const Library& library, LoadedIndex& loaded) {
  const auto taken = take_changes(library, loaded);
  const bool dropped = !taken && taken.error().code() == ErrorCode::kNotFound;
  return dropped ? Result<void>() : taken;
}

}  // namespace glimpse::library
