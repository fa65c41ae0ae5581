// The exact index: rows in blocks (rows.h), published as snapshots.
//
// A writer makes a new snapshot and swaps it in under a mutex held for a pointer copy; a search copies that pointer and
// then runs without any lock. So no search sees half a row, and none waits. When removed rows make up a quarter, the
// rows are copied together.
//
// Search: scores for a tile of rows (stays in L1), then a heap of the best `count`; most rows fail one comparison with
// the worst of the heap. Among few ids, their rows are looked up and scored one by one instead.
#include "index/exact_index.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "index/best.h"
#include "index/limits.h"
#include "index/rows.h"

namespace glimpse::index {
namespace {

constexpr std::size_t kTileRows = 256;
// Below this a second thread costs about what it saves.
constexpr std::size_t kMinRowsPerThread = 100'000;
// Among less than this share of the rows, looking each up costs less than reading all (AmongIds in index_bench).
constexpr std::size_t kTightShare = 4;

std::size_t value_bytes(RowStorage storage) {
  return storage == RowStorage::kHalf ? sizeof(std::uint16_t) : sizeof(float);
}

}  // namespace

struct ExactIndex::State {
  State(std::size_t dimension_in, const ExactIndexOptions& options_in)
      : dimension(dimension_in),
        options(options_in),
        kernels(kernels_for(options_in.simd)),
        snapshot(std::make_shared<const Rows>(RowLayout{dimension_in * value_bytes(options_in.storage), 0})) {}

  const std::size_t dimension;
  const ExactIndexOptions options;
  const kernels::KernelTable& kernels;

  std::mutex write_mutex;             // one writer at a time
  mutable std::mutex snapshot_mutex;  // guards only the pointer
  std::shared_ptr<const Rows> snapshot;

  std::shared_ptr<const Rows> current() const {
    const std::lock_guard guard(snapshot_mutex);
    return snapshot;
  }

  void publish(Rows next) {
    const bool sparse = next.total() >= Rows::kBlockRows && next.live() * 4 <= next.total() * 3;
    auto fresh = std::make_shared<const Rows>(sparse ? next.dense() : std::move(next));
    const std::lock_guard guard(snapshot_mutex);
    snapshot.swap(fresh);
  }

  void score(const float* query, const std::byte* rows, std::size_t count, float* scores) const {
    if (options.storage == RowStorage::kHalf) {
      kernels.scores_half(query, reinterpret_cast<const std::uint16_t*>(rows), count, dimension, scores);
    } else {
      kernels.scores_float(query, reinterpret_cast<const float*>(rows), count, dimension, scores);
    }
  }

  void scan_block(const float* query, const Rows& rows, std::size_t block, const SearchOptions& search,
                  Best& best) const {
    float scores[kTileRows];
    const std::vector<ImageId>& ids = rows.ids(block);
    for (std::size_t first = 0; first < ids.size(); first += kTileRows) {
      const std::size_t count = std::min(kTileRows, ids.size() - first);
      score(query, rows.values(block, first), count, scores);
      for (std::size_t i = 0; i < count; ++i) {
        const ImageId id = ids[first + i];
        if (scores[i] >= best.threshold() && id.value != 0 && search.admits(id)) best.offer(id, scores[i]);
      }
    }
  }

  std::vector<Neighbor> scan(const float* query, const Rows& rows, std::size_t count,
                             const SearchOptions& search) const {
    const std::size_t wanted = std::min(rows.total() / kMinRowsPerThread, rows.blocks());
    const std::size_t threads =
        std::clamp<std::size_t>(wanted, 1, static_cast<std::size_t>(std::max(1, options.threads)));
    std::vector<Best> bests(threads, Best(count));
    const auto run = [&](std::size_t part) {
      const std::size_t end = rows.blocks() * (part + 1) / threads;
      for (std::size_t block = rows.blocks() * part / threads; block < end; ++block) {
        scan_block(query, rows, block, search, bests[part]);
      }
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
      for (const Neighbor& neighbor : bests[part].unsorted()) bests[0].offer(neighbor.id, neighbor.score);
    }
    return bests[0].take_sorted();
  }

  std::vector<Neighbor> look_up(const float* query, const Rows& rows, std::size_t count,
                                const SearchOptions& search) const {
    Best best(count);
    search.among->for_each([&](ImageId id) {
      const auto position = rows.find(id);
      if (!position || id == search.except) return;
      float found = 0;
      score(query, rows.values_at(*position), 1, &found);
      best.offer(id, found);
    });
    return best.take_sorted();
  }

  template <typename WriteRow>
  Result<void> upsert(std::span<const ImageId> ids, std::size_t values, const WriteRow& write_row) {
    if (values != ids.size() * dimension) {
      return Error::invalid_argument("vector index: expected {} rows of {} values, got {} values", ids.size(),
                                     dimension, values);
    }
    const std::lock_guard guard(write_mutex);
    Rows next = *current();
    GLIMPSE_RETURN_IF_ERROR(next.upsert(ids, [&](std::size_t row, RowPlace to) { write_row(row, to.values); }));
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
std::size_t ExactIndex::size() const { return state_->current()->live(); }

std::vector<ImageId> ExactIndex::ids() const {
  const auto rows = state_->current();
  std::vector<ImageId> ids;
  ids.reserve(rows->live());
  for (std::size_t block = 0; block < rows->blocks(); ++block) {
    std::copy_if(rows->ids(block).begin(), rows->ids(block).end(), std::back_inserter(ids),
                 [](ImageId id) { return id.value != 0; });
  }
  return ids;
}

Result<std::vector<Neighbor>> ExactIndex::nearest(std::span<const float> query, std::size_t count,
                                                  const SearchOptions& options) const {
  if (query.size() != state_->dimension) {
    return Error::invalid_argument("query: expected {} dimensions, got {}", state_->dimension, query.size());
  }
  if (!std::all_of(query.begin(), query.end(), [](float value) { return std::isfinite(value); })) {
    return Error::invalid_argument("query: expected finite values");
  }
  const auto rows = state_->current();
  count = std::min(count, rows->live());
  if (options.among != nullptr) count = std::min(count, options.among->size());
  if (count == 0) return std::vector<Neighbor>();
  const bool tight = options.among != nullptr && options.among->size() * kTightShare < rows->total();
  return tight ? state_->look_up(query.data(), *rows, count, options)
               : state_->scan(query.data(), *rows, count, options);
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
  const std::lock_guard guard(state_->write_mutex);
  Rows next = *state_->current();
  if (next.erase(ids) > 0) state_->publish(std::move(next));
}

}  // namespace glimpse::index
