// From SQLite to memory and, because a million rows take seconds to read and check one by one, by way of a file in the
// cache. The file says up to which vector it reaches ("mark") and how many vectors had been deleted; with both as the
// library has them only newer vectors are read, with another number of deletions all ids are compared.
//
// The order matters while another program writes: the number of deletions and the mark are read before the rows, so
// that what is missed now is seen as a difference next time. A file is written with a source read before its rows.
#include "library/index_loader.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "library/index_cache.h"

namespace glimpse::library {
namespace {

/// Fewer are read from the library in a fraction of a second (library_bench, OpenAndLoad).
constexpr std::size_t kWorthAFile = 20'000;
/// The file is written anew when it lacks one row in so many.
constexpr std::size_t kUnsavedShare = 32;

class StoredRows : public index::ExactRows {
 public:
  StoredRows(const Library& library, GenerationId generation) : library_(library), generation_(generation) {}
  Result<void> read(std::span<const ImageId> ids, const Visit& visit) const override {
    return library_.read_vectors(generation_, ids, visit);
  }

 private:
  const Library& library_;
  const GenerationId generation_;
};

/// Gathers rows so that the index makes one snapshot for many of them.
class RowBuffer {
 public:
  explicit RowBuffer(index::VectorIndex& index) : index_(index) {}

  void add(ImageId id, std::span<const std::uint16_t> halves) {
    ids_.push_back(id);
    halves_.insert(halves_.end(), halves.begin(), halves.end());
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
  index::VectorIndex& index_;
  std::vector<ImageId> ids_;
  std::vector<std::uint16_t> halves_;
  Result<void> result_;
};

}  // namespace

LoadedIndex::LoadedIndex(const Library& library, const Generation& generation, const LoadOptions& options)
    : library_(library),
      generation_(generation),
      options_(options),
      exact_rows_(std::make_unique<StoredRows>(library, generation.id)) {
  source_.model = hash128(generation.fingerprint);
  source_.generation = generation.id.value;
}

LoadedIndex::~LoadedIndex() {
  if (saver_.joinable()) saver_.join();
}

std::filesystem::path LoadedIndex::file() const { return index_file_path(library_, generation_.id, kind()); }

std::shared_ptr<const index::VectorIndex> LoadedIndex::index() const {
  const std::lock_guard guard(state_mutex_);
  return index_;
}

index::IndexKind LoadedIndex::kind() const {
  const std::lock_guard guard(state_mutex_);
  return kind_;
}

index::IndexSetup LoadedIndex::setup() {
  index::IndexSetup setup{
      .threads = options_.threads, .background = options_.background, .exact_rows = exact_rows_.get()};
  if (options_.files) setup.settled = [this] { static_cast<void>(save()); };  // a cache: without it, all is slower only
  return setup;
}

Result<std::unique_ptr<LoadedIndex>> LoadedIndex::load(const Library& library, const Generation& generation,
                                                       const LoadOptions& options) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto count, library.vector_count(generation.id));
  const auto dimension = static_cast<std::size_t>(generation.dimension);
  std::unique_ptr<LoadedIndex> loaded(new LoadedIndex(library, generation, options));
  const auto chosen = index::choose_index(static_cast<std::size_t>(count), dimension, options.memory_budget);
  loaded->kind_ = options.kind.value_or(chosen);
  GLIMPSE_RETURN_IF_ERROR(loaded->use(loaded->kind_, loaded->read_file()));
  GLIMPSE_RETURN_IF_ERROR(loaded->refresh());
  return loaded;
}

Result<void> LoadedIndex::use(index::IndexKind kind, std::optional<index::IndexContents> contents) {
  const auto dimension = static_cast<std::size_t>(generation_.dimension);
  GLIMPSE_ASSIGN_OR_RETURN(auto made, contents ? index::make_index(kind, *std::move(contents), setup())
                                               : index::make_index(kind, dimension, setup()));
  const std::lock_guard guard(state_mutex_);
  index_ = std::move(made);
  kind_ = kind;
  return {};
}

/// What the file holds, if it is one of this library as it is or was.
std::optional<index::IndexContents> LoadedIndex::read_file() {
  const auto marks = library_.vector_marks(generation_.id);
  if (!options_.files || !marks || marks->losses < 0) return std::nullopt;  // this library does not count its losses
  auto read =
      index::load_index(file(), source_, index::storage_of(kind_), static_cast<std::size_t>(generation_.dimension), {});
  if (!read) return std::nullopt;
  const auto checksum = library_.last_checksum(read->source.last_sequence);
  if (!checksum || *checksum != read->source.last_checksum) return std::nullopt;
  source_ = read->source;
  from_file_ = true;
  return std::move(read->contents);
}

Result<void> LoadedIndex::refresh() {
  const auto taken = take_changes();
  const bool dropped = !taken && taken.error().code() == ErrorCode::kNotFound;
  if (!dropped) GLIMPSE_RETURN_IF_ERROR(taken);
  GLIMPSE_RETURN_IF_ERROR(outgrow());
  save_when_worth_it();
  return {};
}

Result<void> LoadedIndex::take_changes() {
  GLIMPSE_ASSIGN_OR_RETURN(const auto marks, library_.vector_marks(generation_.id));
  GLIMPSE_ASSIGN_OR_RETURN(const auto checksum, library_.last_checksum(marks.last_sequence));
  const bool lost = marks.losses < 0 || marks.losses != source_.losses;
  if (lost && index_->size() + source_.damaged.size() > 0) GLIMPSE_RETURN_IF_ERROR(forget_removed());
  GLIMPSE_RETURN_IF_ERROR(take_new());
  const std::lock_guard guard(state_mutex_);
  source_.losses = marks.losses;
  source_.last_sequence = std::max(source_.last_sequence, marks.last_sequence);
  source_.last_checksum = checksum;
  return {};
}

Result<void> LoadedIndex::forget_removed() {
  std::unordered_set<ImageId> stored;
  GLIMPSE_RETURN_IF_ERROR(
      library_.for_each_sequence(generation_.id, [&](ImageId id, std::int64_t) { stored.insert(id); }));
  // Asked after reading: a dropped generation has no vectors, which is not news about its pictures.
  GLIMPSE_ASSIGN_OR_RETURN(const auto all, library_.generations());
  if (std::ranges::find(all, generation_.id, &Generation::id) == all.end()) return {};
  std::vector<ImageId> gone = index_->ids();
  std::erase_if(gone, [&](ImageId id) { return stored.contains(id); });
  index_->erase(gone);
  const std::lock_guard guard(state_mutex_);
  std::erase_if(source_.damaged, [&](ImageId id) { return !stored.contains(id); });
  unsaved_ += gone.size();
  return {};
}

Result<void> LoadedIndex::take_new() {
  RowBuffer buffer(*index_);
  std::vector<ImageId> damaged = source_.damaged;
  const auto visit = [&](const Library::StoredVector& stored) {
    ++vectors_read_;
    ++unsaved_;
    std::erase(damaged, stored.picture);
    if (stored.halves.empty()) {
      damaged.push_back(stored.picture);
    } else {
      buffer.add(stored.picture, stored.halves);
    }
  };
  GLIMPSE_RETURN_IF_ERROR(library_.for_each_vector(generation_.id, source_.last_sequence, visit));
  GLIMPSE_RETURN_IF_ERROR(buffer.flush());
  index_->erase(damaged);  // a good vector may have been replaced by one that was damaged since
  const std::lock_guard guard(state_mutex_);
  source_.damaged = std::move(damaged);
  return {};
}

/// A small index that has grown large becomes one for many vectors; searches under way keep the old one.
Result<void> LoadedIndex::outgrow() {
  const auto dimension = static_cast<std::size_t>(generation_.dimension);
  if (options_.kind || kind_ != index::IndexKind::kExact) return {};
  const auto better = index::choose_index(index_->size(), dimension, options_.memory_budget);
  if (better == kind_) return {};
  const auto old = index_->contents();
  GLIMPSE_ASSIGN_OR_RETURN(std::shared_ptr<index::VectorIndex> made, index::make_index(better, dimension, setup()));
  RowBuffer buffer(*made);
  for (std::size_t i = 0; i < old.rows.total(); ++i) {
    if (old.rows.id_at(i).value == 0) continue;
    buffer.add(old.rows.id_at(i), {reinterpret_cast<const std::uint16_t*>(old.rows.values_at(i)), dimension});
  }
  GLIMPSE_RETURN_IF_ERROR(buffer.flush());
  const std::lock_guard guard(state_mutex_);
  index_ = std::move(made);
  kind_ = better;
  unsaved_ = index_->size();
  return {};
}

void LoadedIndex::save_when_worth_it() {
  const std::size_t size = index_->size();
  if (!options_.files || size < kWorthAFile || unsaved_ * kUnsavedShare < size) return;
  if (saving_.exchange(true)) return;  // at the next refresh
  if (saver_.joinable()) saver_.join();
  unsaved_ = 0;
  saver_ = std::thread([this] {
    static_cast<void>(save());
    saving_ = false;
  });
}

Result<void> LoadedIndex::save() const {
  const std::lock_guard one_at_a_time(save_mutex_);
  std::unique_lock lock(state_mutex_);
  const auto index = index_;
  const auto kind = kind_;
  const auto source = source_;
  lock.unlock();
  if (!index) return {};
  return write_index_file(library_, generation_.id, kind, source, index->contents());
}

}  // namespace glimpse::library
