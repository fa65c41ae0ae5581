// The exact index: rows in blocks (rows.h), published as snapshots.
//
// A writer makes a new snapshot and publishes it; a search takes the current one and then runs without any lock. So no
// search sees half a row, and none waits. When removed rows make up a quarter, the rows are copied together.
//
// Rows of bytes give rough scores, so more candidates than asked for are compared again with exact rows.
#include "index/exact_index.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "index/limits.h"
#include "index/published.h"
#include "index/row_scan.h"
#include "index/row_writer.h"

namespace glimpse::index {

struct ExactIndex::State {
  State(IndexContents contents, const ExactIndexOptions& options_in)
      : options(options_in),
        codec(contents.dimension, contents.storage, options_in.simd),
        exact_rows(contents.storage == RowStorage::kByte ? options_in.exact_rows : nullptr),
        published(std::move(contents.rows)) {}

  const ExactIndexOptions options;
  const RowCodec codec;
  const ExactRows* const exact_rows;
  std::mutex write_mutex;  // one writer at a time
  Published<Rows> published;

  void publish(Rows next) { published.set(is_sparse(next) ? next.dense() : std::move(next)); }

  template <typename T>
  Result<void> upsert(std::span<const ImageId> ids, std::span<const T> values) {
    const std::lock_guard guard(write_mutex);
    Rows next = *published.get();
    GLIMPSE_RETURN_IF_ERROR(write_rows(codec, next, ids, values));
    publish(std::move(next));
    return {};
  }
};

ExactIndex::ExactIndex(std::unique_ptr<State> state) : state_(std::move(state)) {}
ExactIndex::~ExactIndex() = default;

Result<std::unique_ptr<ExactIndex>> ExactIndex::create(std::size_t dimension, const ExactIndexOptions& options) {
  const RowLayout layout = RowCodec(dimension, options.storage, options.simd).layout();
  return create(IndexContents{dimension, options.storage, Rows(layout), nullptr}, options);
}

Result<std::unique_ptr<ExactIndex>> ExactIndex::create(IndexContents contents, ExactIndexOptions options) {
  if (contents.dimension < 1 || contents.dimension > static_cast<std::size_t>(kMaxDimension)) {
    return Error::invalid_argument("vector index: expected 1 to {} dimensions, got {}", kMaxDimension,
                                   contents.dimension);
  }
  options.storage = contents.storage;
  return std::unique_ptr<ExactIndex>(new ExactIndex(std::make_unique<State>(std::move(contents), options)));
}

std::size_t ExactIndex::dimension() const { return state_->codec.dimension(); }
std::size_t ExactIndex::size() const { return state_->published.get()->live(); }
std::vector<ImageId> ExactIndex::ids() const { return live_ids(*state_->published.get()); }

IndexContents ExactIndex::contents() const {
  return {dimension(), state_->codec.storage(), *state_->published.get(), nullptr};
}

Result<std::vector<Neighbor>> ExactIndex::nearest(std::span<const float> query, std::size_t count,
                                                  const SearchOptions& options) const {
  const State& state = *state_;
  GLIMPSE_ASSIGN_OR_RETURN(const auto prepared, state.codec.prepare(query));
  const auto rows = state.published.get();
  const std::size_t most = options.among == nullptr ? rows->live() : std::min(rows->live(), options.among->size());
  if (count == 0 || most == 0) return std::vector<Neighbor>();
  count = std::min(count, most);
  const std::size_t wanted = state.exact_rows == nullptr ? count : std::min(most, candidates_for(count));
  const bool tight = options.among != nullptr && options.among->size() * kTightShare < rows->total();
  auto found = tight ? look_up_rows(state.codec, prepared, *rows, wanted, options)
                     : scan_rows(state.codec, prepared, *rows, 0, wanted, options, state.options.threads);
  if (state.exact_rows == nullptr) return found;
  return rescore(state.codec, query, found, count, *state.exact_rows);
}

Result<void> ExactIndex::upsert(std::span<const ImageId> ids, std::span<const float> rows) {
  return state_->upsert(ids, rows);
}

Result<void> ExactIndex::upsert_halves(std::span<const ImageId> ids, std::span<const std::uint16_t> rows) {
  return state_->upsert(ids, rows);
}

void ExactIndex::erase(std::span<const ImageId> ids) {
  const std::lock_guard guard(state_->write_mutex);
  Rows next = *state_->published.get();
  if (next.erase(ids) > 0) state_->publish(std::move(next));
}

}  // namespace glimpse::index
