// The exact index: blocks of rows, published as snapshots.
//
// Rows live in blocks of fixed capacity. A row is written once, into the part of the last block that no snapshot counts
// yet, and never changed after: an update is an insertion plus a removal, a removal puts id 0 into a copy of the
// block's id list. A writer makes a new snapshot (block pointers, counts) and swaps it in under a mutex held for a
// pointer copy; a search copies that pointer and then runs without any lock. So no search sees half a row, and none
// waits. When removed rows make up a quarter, the rows are copied together.
//
// Search: scores for a tile of rows (stays in L1), then a heap of the best `count`; most rows fail one comparison with
// the worst of the heap.
#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/assert.h"
#include "index/limits.h"
#include "index/vector_index.h"

namespace glimpse::index {
namespace {

constexpr std::size_t kBlockRows = 4096;
constexpr std::size_t kTileRows = 256;
// Below this a second thread costs about what it saves.
constexpr std::size_t kMinRowsPerThread = 100'000;

/// Memory for one block. Large ones ask for huge pages: a scan then needs fewer address translations.
class Memory {
 public:
  explicit Memory(std::size_t size_bytes) {
    constexpr std::size_t kHugePage = std::size_t{2} << 20;
    const bool huge = size_bytes >= kHugePage;
    const std::size_t alignment = huge ? kHugePage : 64;
    const std::size_t rounded = (size_bytes + alignment - 1) / alignment * alignment;
    data_.reset(std::aligned_alloc(alignment, rounded));
    if (!data_) throw std::bad_alloc();
    if (huge) ::madvise(data_.get(), rounded, MADV_HUGEPAGE);
  }
  void* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  std::unique_ptr<void, Free> data_;
};

struct Block {
  std::shared_ptr<Memory> rows;                     // capacity kBlockRows
  std::shared_ptr<const std::vector<ImageId>> ids;  // id 0: removed
  std::size_t count() const { return ids->size(); }
};

struct Snapshot {
  std::vector<Block> blocks;
  std::size_t live = 0;  // rows that are not removed
  std::size_t total() const { return blocks.empty() ? 0 : (blocks.size() - 1) * kBlockRows + blocks.back().count(); }
};

/// Whether `a` comes before `b` among results.
bool better(const Neighbor& a, const Neighbor& b) { return a.score > b.score || (a.score == b.score && a.id < b.id); }

/// The best `capacity` of what was offered; the worst of them on top of the heap.
class Best {
 public:
  explicit Best(std::size_t capacity) : capacity_(capacity) { heap_.reserve(capacity); }

  void offer(ImageId id, float score, const IdFilter& filter) {
    const Neighbor candidate{id, score};
    const bool full = heap_.size() == capacity_;
    if (full && !better(candidate, heap_.front())) return;
    if (filter && !filter(id)) return;
    if (full) {
      std::pop_heap(heap_.begin(), heap_.end(), better);
      heap_.back() = candidate;
    } else {
      heap_.push_back(candidate);
    }
    std::push_heap(heap_.begin(), heap_.end(), better);
  }

  /// Scores below this need not be offered.
  float threshold() const {
    return heap_.size() < capacity_ ? -std::numeric_limits<float>::infinity() : heap_.front().score;
  }

  const std::vector<Neighbor>& unsorted() const { return heap_; }

  std::vector<Neighbor> take_sorted() {
    std::sort(heap_.begin(), heap_.end(), better);
    return std::move(heap_);
  }

 private:
  const std::size_t capacity_;
  std::vector<Neighbor> heap_;
};

}  // namespace

struct ExactIndex::State {
  State(std::size_t dimension_in, const ExactIndexOptions& options_in)
      : dimension(dimension_in),
        options(options_in),
        kernels(kernels_for(options_in.simd)),
        row_bytes(dimension_in * (options_in.storage == RowStorage::kHalf ? sizeof(std::uint16_t) : sizeof(float))) {}

  const std::size_t dimension;
  const ExactIndexOptions options;
  const kernels::KernelTable& kernels;
  const std::size_t row_bytes;

  std::mutex write_mutex;             // one writer at a time
  std::int64_t largest_id = 0;        // of all ids ever inserted; guarded by write_mutex
  mutable std::mutex snapshot_mutex;  // guards only the pointer
  std::shared_ptr<const Snapshot> snapshot = std::make_shared<Snapshot>();

  std::shared_ptr<const Snapshot> current() const {
    const std::lock_guard guard(snapshot_mutex);
    return snapshot;
  }

  void publish(Snapshot next) {
    auto fresh = std::make_shared<const Snapshot>(std::move(next));
    const std::lock_guard guard(snapshot_mutex);
    snapshot.swap(fresh);
  }

  std::byte* row_at(const Block& block, std::size_t row) const {
    return static_cast<std::byte*>(block.rows->data()) + row * row_bytes;
  }

  void scan_tile(const float* query, const Block& block, std::size_t first, std::size_t count, float* scores) const {
    const std::byte* rows = row_at(block, first);
    if (options.storage == RowStorage::kHalf) {
      kernels.scores_half(query, reinterpret_cast<const std::uint16_t*>(rows), count, dimension, scores);
    } else {
      kernels.scores_float(query, reinterpret_cast<const float*>(rows), count, dimension, scores);
    }
  }

  void scan(const float* query, std::span<const Block> blocks, const IdFilter& filter, Best& best) const {
    float scores[kTileRows];
    for (const Block& block : blocks) {
      const std::vector<ImageId>& ids = *block.ids;
      for (std::size_t first = 0; first < ids.size(); first += kTileRows) {
        const std::size_t count = std::min(kTileRows, ids.size() - first);
        scan_tile(query, block, first, count, scores);
        for (std::size_t i = 0; i < count; ++i) {
          if (scores[i] >= best.threshold() && ids[first + i].value != 0) best.offer(ids[first + i], scores[i], filter);
        }
      }
    }
  }

  /// Puts id 0 over the rows of `gone`, in copies of the id lists. Returns how many were there.
  static std::size_t remove(Snapshot& from, const std::unordered_map<ImageId, std::size_t>& gone) {
    std::size_t removed = 0;
    for (Block& block : from.blocks) {
      std::shared_ptr<std::vector<ImageId>> copy;
      for (std::size_t row = 0; row < block.count(); ++row) {
        const ImageId id = (*block.ids)[row];
        if (id.value == 0 || !gone.contains(id)) continue;
        if (!copy) copy = std::make_shared<std::vector<ImageId>>(*block.ids);
        (*copy)[row] = ImageId{};
        ++removed;
      }
      if (copy) block.ids = std::move(copy);
    }
    from.live -= removed;
    return removed;
  }

  /// Adds rows at the end. `write_row(source, destination)` fills one row.
  template <typename WriteRow>
  void append(Snapshot& to, std::span<const std::pair<ImageId, std::size_t>> rows, const WriteRow& write_row) {
    std::size_t done = 0;
    while (done < rows.size()) {
      if (to.blocks.empty() || to.blocks.back().count() == kBlockRows) {
        to.blocks.push_back(
            {std::make_shared<Memory>(kBlockRows * row_bytes), std::make_shared<std::vector<ImageId>>()});
      }
      Block& block = to.blocks.back();
      auto ids = std::make_shared<std::vector<ImageId>>(*block.ids);
      for (; done < rows.size() && ids->size() < kBlockRows; ++done) {
        write_row(rows[done].second, row_at(block, ids->size()));
        ids->push_back(rows[done].first);
      }
      block.ids = std::move(ids);
    }
    to.live += rows.size();
  }

  void compact(Snapshot& snapshot_in) {
    if (snapshot_in.total() < kBlockRows || snapshot_in.live * 4 > snapshot_in.total() * 3) return;
    Snapshot dense;
    for (const Block& block : snapshot_in.blocks) {
      std::vector<std::pair<ImageId, std::size_t>> rows;
      for (std::size_t row = 0; row < block.count(); ++row) {
        if ((*block.ids)[row].value != 0) rows.emplace_back((*block.ids)[row], row);
      }
      append(dense, rows, [&](std::size_t row, std::byte* to) { std::memcpy(to, row_at(block, row), row_bytes); });
    }
    snapshot_in = std::move(dense);
  }

  template <typename WriteRow>
  Result<void> upsert(std::span<const ImageId> ids, std::size_t values, const WriteRow& write_row) {
    if (values != ids.size() * dimension) {
      return Error::invalid_argument("vector index: expected {} rows of {} values, got {} values", ids.size(),
                                     dimension, values);
    }
    const std::lock_guard guard(write_mutex);
    std::unordered_map<ImageId, std::size_t> last;  // of equal ids the last counts
    bool all_new = true;
    std::int64_t largest = largest_id;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i].value < 1) return Error::invalid_argument("vector index: expected ids above 0, got {}", ids[i].value);
      all_new = all_new && ids[i].value > largest_id;
      largest = std::max(largest, ids[i].value);
      last[ids[i]] = i;
    }
    std::vector<std::pair<ImageId, std::size_t>> rows;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (last[ids[i]] == i) rows.emplace_back(ids[i], i);
    }
    Snapshot next = *current();
    if (!all_new) remove(next, last);
    append(next, rows, write_row);
    compact(next);
    largest_id = largest;
    publish(std::move(next));
    return {};
  }
};

ExactIndex::ExactIndex(std::unique_ptr<State> state) : state_(std::move(state)) {}
ExactIndex::~ExactIndex() = default;

Result<std::unique_ptr<ExactIndex>> ExactIndex::create(std::size_t dimension, const ExactIndexOptions& options) {
  if (dimension < 1 || dimension > static_cast<std::size_t>(kMaxDimension)) {
    return Error::invalid_argument("vector index: expected 1 to {} dimensions, got {}", kMaxDimension, dimension);
  }
  return std::unique_ptr<ExactIndex>(new ExactIndex(std::make_unique<State>(dimension, options)));
}

std::size_t ExactIndex::dimension() const { return state_->dimension; }
std::size_t ExactIndex::size() const { return state_->current()->live; }

std::vector<ImageId> ExactIndex::ids() const {
  const auto snapshot = state_->current();
  std::vector<ImageId> ids;
  ids.reserve(snapshot->live);
  for (const Block& block : snapshot->blocks) {
    std::copy_if(block.ids->begin(), block.ids->end(), std::back_inserter(ids),
                 [](ImageId id) { return id.value != 0; });
  }
  return ids;
}

Result<std::vector<Neighbor>> ExactIndex::nearest(std::span<const float> query, std::size_t count,
                                                  const IdFilter& filter) const {
  if (query.size() != state_->dimension) {
    return Error::invalid_argument("query: expected {} dimensions, got {}", state_->dimension, query.size());
  }
  if (!std::all_of(query.begin(), query.end(), [](float value) { return std::isfinite(value); })) {
    return Error::invalid_argument("query: expected finite values");
  }
  const auto snapshot = state_->current();
  count = std::min(count, snapshot->live);
  if (count == 0) return std::vector<Neighbor>();

  const std::span<const Block> blocks = snapshot->blocks;
  const std::size_t wanted = std::min(snapshot->total() / kMinRowsPerThread, blocks.size());
  const std::size_t threads =
      std::clamp<std::size_t>(wanted, 1, static_cast<std::size_t>(std::max(1, state_->options.threads)));
  std::vector<Best> bests(threads, Best(count));
  const auto run = [&](std::size_t part) {
    const std::size_t first = blocks.size() * part / threads, last = blocks.size() * (part + 1) / threads;
    state_->scan(query.data(), blocks.subspan(first, last - first), filter, bests[part]);
  };
  std::vector<std::thread> workers;
  for (std::size_t part = 1; part < threads; ++part) {
    try {
      workers.emplace_back(run, part);
    } catch (const std::system_error&) {  // no more threads to be had: do it here
      run(part);
    }
  }
  run(0);
  for (auto& worker : workers) worker.join();
  for (std::size_t part = 1; part < threads; ++part) {
    for (const Neighbor& neighbor : bests[part].unsorted()) bests[0].offer(neighbor.id, neighbor.score, {});
  }
  return bests[0].take_sorted();
}

Result<void> ExactIndex::upsert(std::span<const ImageId> ids, std::span<const float> rows) {
  const std::size_t dimension = state_->dimension;
  return state_->upsert(ids, rows.size(), [&](std::size_t row, std::byte* to) {
    const float* from = rows.data() + row * dimension;
    if (state_->options.storage == RowStorage::kHalf) {
      state_->kernels.to_half(from, reinterpret_cast<std::uint16_t*>(to), dimension);
    } else {
      std::memcpy(to, from, dimension * sizeof(float));
    }
  });
}

Result<void> ExactIndex::upsert_halves(std::span<const ImageId> ids, std::span<const std::uint16_t> rows) {
  const std::size_t dimension = state_->dimension;
  return state_->upsert(ids, rows.size(), [&](std::size_t row, std::byte* to) {
    const std::uint16_t* from = rows.data() + row * dimension;
    if (state_->options.storage == RowStorage::kHalf) {
      std::memcpy(to, from, dimension * sizeof(std::uint16_t));
    } else {
      state_->kernels.to_float(from, reinterpret_cast<float*>(to), dimension);
    }
  });
}

void ExactIndex::erase(std::span<const ImageId> ids) {
  std::unordered_map<ImageId, std::size_t> gone;
  for (const ImageId id : ids) gone.emplace(id, 0);
  const std::lock_guard guard(state_->write_mutex);
  Snapshot next = *state_->current();
  if (State::remove(next, gone) == 0) return;
  state_->compact(next);
  state_->publish(std::move(next));
}

}  // namespace glimpse::index
