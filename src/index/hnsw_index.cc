// What is searched at one moment is a View: rows, and a graph over the first of them. Writers publish a new view with
// more rows; the builder publishes one with a new graph. Neither changes what a search holds.
//
// Extending: the graph is copied (its links only: the rows are shared), the rows it lacks are added to the copy.
// Compaction: the live rows are copied together, a graph is built over them from nothing, and what changed meanwhile is
// done to the copy before it is published.
#include "index/hnsw_index.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

#include "index/graph_search.h"
#include "index/limits.h"
#include "index/published.h"
#include "index/row_scan.h"
#include "index/row_writer.h"

namespace glimpse::index {
namespace {

/// Rows outside the graph that are worth extending it for: comparing them all takes a fraction of a search's time
/// (index_bench, Nearest/byte at 10,000 rows), and copying the graph is not done for less than a part of it.
constexpr std::size_t kMinUnlinked = 10'000;
constexpr std::size_t kUnlinkedShare = 16;

/// A search that wants more than one row in this many is done by comparing all.
constexpr std::size_t kDeepShare = 20;

struct View {
  Rows rows;
  std::shared_ptr<const HnswGraph> graph;
  std::size_t linked() const { return graph ? graph->size() : 0; }
  bool wants_links() const { return rows.total() - linked() >= std::max(kMinUnlinked, linked() / kUnlinkedShare); }
};

/// Does to `copy`, which rows.dense() gave of `before`, what was done since to `before` to make it `now`.
Result<void> catch_up(Rows& copy, const Rows& before, const Rows& now, const RowLayout& layout) {
  std::vector<ImageId> gone, added;
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < before.total(); ++i) {
    if (before.id_at(i).value != 0 && now.id_at(i).value == 0) gone.push_back(before.id_at(i));
  }
  for (std::size_t i = before.total(); i < now.total(); ++i) {
    if (now.id_at(i).value == 0) continue;
    added.push_back(now.id_at(i));
    positions.push_back(i);
  }
  copy.erase(gone);
  return copy.upsert(added, [&](std::size_t i, RowPlace to) {
    std::memcpy(to.values, now.values_at(positions[i]), layout.value_bytes);
    std::memcpy(to.side, now.side_at(positions[i]), layout.side_bytes);
  });
}

}  // namespace

struct HnswIndex::State {
  State(std::size_t dimension, View first, HnswIndexOptions options_in)
      : options(std::move(options_in)),
        codec(dimension, RowStorage::kByte, options.simd),
        published(std::move(first)) {}
  ~State() {
    {
      const std::lock_guard guard(wake_mutex);
      stop = true;
    }
    wake.notify_all();
    if (builder.joinable()) builder.join();
  }

  const HnswIndexOptions options;
  const RowCodec codec;
  std::mutex write_mutex;  // one change of rows at a time
  Published<View> published;
  std::mutex build_mutex;  // one build at a time
  std::mutex wake_mutex;
  std::condition_variable wake;
  std::atomic<bool> stop{false};
  std::thread builder;

  template <typename Change>
  Result<void> change(const Change& apply) {
    {
      const std::lock_guard guard(write_mutex);
      View next = *published.get();
      GLIMPSE_RETURN_IF_ERROR(apply(next.rows));
      published.set(std::move(next));
    }
    if (options.background && due(*published.get())) {
      {
        const std::lock_guard guard(wake_mutex);
      }
      wake.notify_all();
    }
    return {};
  }

  static bool due(const View& view) { return view.wants_links() || is_sparse(view.rows); }

  Result<void> extend(const View& view) {
    GLIMPSE_ASSIGN_OR_RETURN(auto graph, HnswGraph::build(codec, view.rows, options.parameters, options.build_threads,
                                                          stop, view.graph.get()));
    const std::lock_guard guard(write_mutex);
    published.set({published.get()->rows, std::move(graph)});
    return {};
  }

  Result<void> compact(const View& view, bool link) {
    Rows rows = view.rows.dense();
    std::shared_ptr<const HnswGraph> graph;
    if (link) {
      GLIMPSE_ASSIGN_OR_RETURN(graph, HnswGraph::build(codec, rows, options.parameters, options.build_threads, stop));
    }
    const std::lock_guard guard(write_mutex);
    GLIMPSE_RETURN_IF_ERROR(catch_up(rows, view.rows, published.get()->rows, codec.layout()));
    published.set({std::move(rows), std::move(graph)});
    return {};
  }

  Result<void> build() {
    const auto view = published.get();
    if (is_sparse(view->rows)) return compact(*view, view->rows.live() >= kMinUnlinked);
    return extend(*view);
  }

  void run_builder() {
    // Searches come first. A thread has its own niceness, and those it starts inherit it.
    static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 10));
    for (;;) {
      {
        std::unique_lock lock(wake_mutex);
        wake.wait(lock, [&] { return stop || due(*published.get()); });
        if (stop) return;
      }
      const std::lock_guard guard(build_mutex);
      if (!due(*published.get())) continue;
      if (!build()) return;  // stopped, or no memory: searches stay exact over what is not linked
      if (options.settled) options.settled();
    }
  }
};

HnswIndex::HnswIndex(std::unique_ptr<State> state) : state_(std::move(state)) {}
HnswIndex::~HnswIndex() = default;

Result<std::unique_ptr<HnswIndex>> HnswIndex::create(std::size_t dimension, const HnswIndexOptions& options) {
  const RowLayout layout = RowCodec(dimension, RowStorage::kByte, options.simd).layout();
  return create(IndexContents{dimension, RowStorage::kByte, Rows(layout), nullptr}, options);
}

Result<std::unique_ptr<HnswIndex>> HnswIndex::create(IndexContents contents, const HnswIndexOptions& options) {
  const std::size_t dimension = contents.dimension;
  if (dimension < 1 || dimension > static_cast<std::size_t>(kMaxDimension)) {
    return Error::invalid_argument("vector index: expected 1 to {} dimensions, got {}", kMaxDimension, dimension);
  }
  const auto& parameters = options.parameters;
  if (parameters.m < 2 || parameters.m > 256 || parameters.ef_construction < 1 || options.ef_search < 1) {
    return Error::invalid_argument("vector index: expected M from 2 to 256 and ef above 0, got M {}, ef {} and {}",
                                   parameters.m, parameters.ef_construction, options.ef_search);
  }
  if (contents.storage != RowStorage::kByte || (contents.graph && (contents.graph->size() > contents.rows.total() ||
                                                                   contents.graph->parameters() != parameters))) {
    return Error::invalid_argument("vector index: these rows are not those of a search graph");
  }
  auto state = std::make_unique<State>(dimension, View{std::move(contents.rows), std::move(contents.graph)}, options);
  if (options.background) {
    state->builder = std::thread([&state = *state] { state.run_builder(); });
  }
  return std::unique_ptr<HnswIndex>(new HnswIndex(std::move(state)));
}

std::size_t HnswIndex::dimension() const { return state_->codec.dimension(); }
std::size_t HnswIndex::size() const { return state_->published.get()->rows.live(); }
std::vector<ImageId> HnswIndex::ids() const { return live_ids(state_->published.get()->rows); }

std::size_t HnswIndex::unlinked() const {
  const auto view = state_->published.get();
  return view->rows.total() - view->linked();
}

IndexContents HnswIndex::contents() const {
  const auto view = state_->published.get();
  return {dimension(), RowStorage::kByte, view->rows, view->graph};
}

Result<std::vector<Neighbor>> HnswIndex::nearest(std::span<const float> query, std::size_t count,
                                                 const SearchOptions& options) const {
  const State& state = *state_;
  GLIMPSE_ASSIGN_OR_RETURN(const auto prepared, state.codec.prepare(query));
  const auto view = state.published.get();
  const Rows& rows = view->rows;
  const std::size_t most = options.among == nullptr ? rows.live() : std::min(rows.live(), options.among->size());
  if (count == 0 || most == 0) return std::vector<Neighbor>();
  count = std::min(count, most);
  const std::size_t wanted = state.options.exact_rows == nullptr ? count : std::min(most, candidates_for(count));

  std::vector<Neighbor> found;
  std::size_t compared_from = 0;
  if (options.among != nullptr && plan_for(options.among->size(), rows.live()) == FilterPlan::kExact) {
    found = look_up_rows(state.codec, prepared, rows, wanted, options);
    compared_from = rows.total();
  } else if (view->graph && wanted * kDeepShare <= view->linked()) {
    GLIMPSE_ASSIGN_OR_RETURN(
        found, search_graph({state.codec, rows, *view->graph}, prepared, wanted, state.options.ef_search, options));
    compared_from = view->linked();
  }
  const auto others = scan_rows(state.codec, prepared, rows, compared_from, wanted, options, state.options.threads);
  found.insert(found.end(), others.begin(), others.end());
  std::sort(found.begin(), found.end(), better);
  found.resize(std::min(found.size(), wanted));
  if (state.options.exact_rows == nullptr) return found;
  return rescore(state.codec, query, found, count, *state.options.exact_rows);
}

Result<void> HnswIndex::upsert(std::span<const ImageId> ids, std::span<const float> rows) {
  return state_->change([&](Rows& to) { return write_rows(state_->codec, to, ids, rows); });
}

Result<void> HnswIndex::upsert_halves(std::span<const ImageId> ids, std::span<const std::uint16_t> rows) {
  return state_->change([&](Rows& to) { return write_rows(state_->codec, to, ids, rows); });
}

void HnswIndex::erase(std::span<const ImageId> ids) {
  static_cast<void>(state_->change([&](Rows& from) -> Result<void> {
    from.erase(ids);
    return {};
  }));
}

Result<void> HnswIndex::settle() {
  const std::lock_guard guard(state_->build_mutex);
  const auto view = state_->published.get();
  if (is_sparse(view->rows)) return state_->compact(*view, true);
  return unlinked() == 0 ? Result<void>() : state_->extend(*view);
}

}  // namespace glimpse::index
