// The graph is USearch's index_gt: links only, over rows that lie elsewhere (rows.h). A node's number ("slot") is given
// while it is added, and is made the position of its row: so nothing maps one to the other.
//
// USearch is safe for searches beside insertions in practice, but not by the rules of C++ (it reads link lists that
// others write). Here a graph that is searched is never written: build() adds to a copy.
// Source: Malkov & Yashunin 2016, "Efficient and robust approximate nearest neighbor search using HNSW graphs".
#include "index/hnsw_graph.h"

#include <sys/mman.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "index/graph_check.h"
#include "index/node_memory.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#include <usearch/index.hpp>
#pragma GCC diagnostic pop

namespace glimpse::index {
namespace {

namespace us = unum::usearch;
using Graph = us::index_gt<float, std::uint32_t, std::uint32_t, WorkMemory<char>, NodeMemory>;
using Cursor = Graph::member_citerator_t;

/// A row that is being added; its position is known once USearch has given it a number.
struct NewRow {
  std::size_t position = 0;
};

/// Distances as USearch wants them: smaller is nearer.
struct Metric {
  const RowCodec& codec;
  const Rows& rows;
  const RowCodec::Query* query = nullptr;

  float operator()(const RowCodec::Query&, const Cursor& row) const noexcept {
    const std::size_t position = get_slot(row);
    float score = 0;
    codec.score(*query, rows.values_at(position), rows.side_at(position), 1, &score);
    return -score;
  }
  float operator()(const NewRow& a, const Cursor& b) const noexcept { return between(a.position, get_slot(b)); }
  float operator()(const Cursor& a, const Cursor& b) const noexcept { return between(get_slot(a), get_slot(b)); }

  float between(std::size_t a, std::size_t b) const noexcept {
    return -codec.score_rows(rows.values_at(a), rows.side_at(a), rows.values_at(b), rows.side_at(b));
  }
};

/// Asks for the rows that are about to be compared, so that they arrive together.
struct Prefetch {
  const RowCodec& codec;
  const Rows& rows;

  template <typename Iterator>
  void operator()(Iterator row, Iterator end) const noexcept {
    constexpr std::size_t kCacheLine = 64;
    const std::size_t row_bytes = codec.layout().value_bytes;
    for (; row != end; ++row) {
      const std::size_t position = get_slot(row);
      const std::byte* const values = rows.values_at(position);
      for (std::size_t i = 0; i < row_bytes; i += kCacheLine) __builtin_prefetch(values + i);
      __builtin_prefetch(rows.side_at(position));
    }
  }
};

us::index_config_t config_of(const HnswParameters& parameters) { return {parameters.m, 2 * parameters.m}; }

/// Runs add(thread) on `threads` threads; fewer when no more can be had.
template <typename Add>
void run_on(int threads, const Add& add) {
  std::vector<std::thread> workers;
  for (int thread = 1; thread < threads; ++thread) {
    try {
      workers.emplace_back(add, static_cast<std::size_t>(thread));
    } catch (const std::system_error&) {
      break;
    }
  }
  add(0);
  for (auto& worker : workers) worker.join();
}

}  // namespace

struct HnswGraph::State {
  Graph graph;
  HnswParameters parameters;

  // Each search needs working memory of its own, which USearch keeps by number.
  mutable std::mutex mutex;
  mutable std::condition_variable returned;
  mutable std::vector<std::size_t> free_numbers;

  std::size_t take_number() const {
    std::unique_lock lock(mutex);
    returned.wait(lock, [&] { return !free_numbers.empty(); });
    const std::size_t number = free_numbers.back();
    free_numbers.pop_back();
    return number;
  }
  void give_back(std::size_t number) const {
    {
      const std::lock_guard lock(mutex);
      free_numbers.push_back(number);
    }
    returned.notify_one();
  }

  bool reserve(std::size_t nodes, int threads) {
    us::index_limits_t limits;
    limits.members = nodes;
    limits.threads_search = kSearches;
    limits.threads_add = std::max<std::size_t>(kSearches, static_cast<std::size_t>(threads));
    for (std::size_t i = kSearches; free_numbers.size() < kSearches && i-- > 0;) free_numbers.push_back(i);
    return graph.try_reserve(limits);
  }
};

HnswGraph::HnswGraph(std::unique_ptr<State> state) : state_(std::move(state)) {}
HnswGraph::~HnswGraph() = default;
std::size_t HnswGraph::size() const { return state_->graph.size(); }
const HnswParameters& HnswGraph::parameters() const { return state_->parameters; }
std::size_t HnswGraph::memory_bytes() const {
  return state_->graph.tape_allocator().size_bytes() + state_->graph.capacity() * sizeof(void*);
}

Result<std::shared_ptr<const HnswGraph>> HnswGraph::build(const RowCodec& codec, const Rows& rows,
                                                          const HnswParameters& parameters, int threads,
                                                          const std::atomic<bool>& stop, const HnswGraph* base) {
  auto state = std::make_unique<State>();
  state->parameters = parameters;
  state->graph = Graph(config_of(parameters));
  if (base != nullptr) {
    auto copy = base->state_->graph.copy();
    if (!copy) return Error::resource_exhausted("search graph: no memory for a copy of {} nodes", base->size());
    state->graph = std::move(copy.index);
  }
  threads = std::max(1, threads);
  if (!state->reserve(rows.total(), threads)) {
    return Error::resource_exhausted("search graph: no memory for {} nodes", rows.total());
  }
  std::atomic<std::size_t> left{rows.total() - state->graph.size()};
  std::atomic<bool> failed{false};
  const Metric metric{codec, rows};
  run_on(threads, [&](std::size_t thread) {
    us::index_update_config_t config;
    config.expansion = parameters.ef_construction;
    config.thread = thread;
    while (!stop && !failed) {
      std::size_t count = left;
      while (count > 0 && !left.compare_exchange_weak(count, count - 1)) {
      }
      if (count == 0) return;
      NewRow row;
      const auto numbered = [&](auto member) {
        row.position = member.slot;
        member.key = static_cast<std::uint32_t>(member.slot);
      };
      if (!state->graph.add(0, row, metric, config, numbered, Prefetch{codec, rows})) failed = true;
    }
  });
  if (failed) return Error::resource_exhausted("search graph: no memory for {} nodes", rows.total());
  if (state->graph.size() < rows.total()) return Error::cancelled("search graph: stopped");
  return std::shared_ptr<const HnswGraph>(new HnswGraph(std::move(state)));
}

Result<std::vector<HnswGraph::Found>> HnswGraph::search(const RowCodec& codec, const RowCodec::Query& query,
                                                        const Rows& rows, std::size_t count, std::size_t ef,
                                                        const Admits& admits) const {
  us::index_search_config_t config;
  config.expansion = ef;
  config.thread = state_->take_number();
  std::vector<Found> found;
  {
    const auto predicate = [&](const auto& member) { return admits(member.slot); };
    const auto result =
        state_->graph.search(query, count, Metric{codec, rows, &query}, config, predicate, Prefetch{codec, rows});
    if (result) {
      found.reserve(result.size());
      for (std::size_t i = 0; i < result.size(); ++i) {
        found.push_back({static_cast<std::uint32_t>(result[i].member.slot), -result[i].distance});
      }
    } else {
      found.clear();
    }
    const bool complete = static_cast<bool>(result);
    state_->give_back(config.thread);
    if (!complete) return Error::resource_exhausted("search graph: no memory for a search with ef {}", ef);
  }
  return found;
}

void HnswGraph::save(const Write& write) const {
  static_cast<void>(state_->graph.save_to_stream(
      [&](const void* bytes, std::size_t size) { return write({static_cast<const std::byte*>(bytes), size}); }));
}

std::size_t HnswGraph::saved_bytes() const {
  std::size_t total = 0;
  save([&](std::span<const std::byte> bytes) {
    total += bytes.size();
    return true;
  });
  return total;
}

Result<std::shared_ptr<const HnswGraph>> HnswGraph::load(std::span<const std::byte> bytes, std::size_t size,
                                                         const HnswParameters& parameters) {
  GLIMPSE_RETURN_IF_ERROR(check_graph(bytes, size, parameters));
  auto state = std::make_unique<State>();
  state->parameters = parameters;
  state->graph = Graph(config_of(parameters));
  if (!state->reserve(0, 1)) return Error::resource_exhausted("search graph: no memory to search it");
  const auto read = [&](void* to, std::size_t count) {
    if (count > bytes.size()) return false;
    std::memcpy(to, bytes.data(), count);
    bytes = bytes.subspan(count);
    return true;
  };
  if (!state->graph.load_from_stream(read)) {
    return Error::resource_exhausted("search graph: no memory for {} nodes", size);
  }
  return std::shared_ptr<const HnswGraph>(new HnswGraph(std::move(state)));
}

}  // namespace glimpse::index
