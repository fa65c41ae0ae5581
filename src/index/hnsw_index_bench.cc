// HNSW over 100,000 clustered rows of 512, on one thread, and what its constants rest on:
//   build/src/index/index_bench --benchmark_filter='Hnsw|Rough'
// recall: the share of the exact index's ten best. 'exact' in the second argument of Hnsw/among is the other way to do
// it: each id's row is compared.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "index/exact_index.h"
#include "index/graph_search.h"
#include "index/hnsw_index.h"
#include "index/row_scan.h"
#include "index/testing.h"

namespace glimpse::index {
namespace {

struct Built {
  static constexpr std::size_t kDimension = 512, kRows = 100'000;
  Clustered data{kDimension, kRows, 1};
  HalvesInMemory halves{kDimension, data.rows};
  RowCodec codec{kDimension, RowStorage::kByte, best_simd_level()};
  std::unique_ptr<ExactIndex> exact = ExactIndex::create(kDimension).value();
  IndexContents contents;

  Built() {
    static_cast<void>(exact->upsert(data.ids, data.rows));
    HnswIndexOptions options;
    options.background = false;
    options.build_threads = static_cast<int>(std::thread::hardware_concurrency());
    const auto index = HnswIndex::create(kDimension, options).value();
    static_cast<void>(index->upsert(data.ids, data.rows));
    static_cast<void>(index->settle());
    contents = index->contents();
  }
  static const Built& get() {
    static const Built built;
    return built;
  }
  double recall(const std::vector<Neighbor>& found, std::span<const float> query, const SearchOptions& options) const {
    const auto expected = exact->nearest(query, 10, options).value();
    std::size_t same = 0;
    for (const Neighbor& neighbor : expected) {
      same += std::any_of(found.begin(), found.end(), [&](const Neighbor& n) { return n.id == neighbor.id; }) ? 1 : 0;
    }
    return static_cast<double>(same) / static_cast<double>(expected.size());
  }
};

/// Runs `search` over queries; recall is taken over 200 of them, outside the clock.
template <typename Search>
void run(benchmark::State& state, const SearchOptions& options, const Search& search) {
  const Built& built = Built::get();
  std::size_t q = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const auto query = built.data.near_row(q++ * 97);
    state.ResumeTiming();
    benchmark::DoNotOptimize(search(query));
  }
  double sum = 0;
  constexpr std::size_t kQueries = 200;
  for (q = 0; q < kQueries; ++q) {
    const auto query = built.data.near_row(q * 97);
    sum += built.recall(search(query), query, options);
  }
  state.counters["recall"] = sum / kQueries;
}

void search_ef(benchmark::State& state) {
  const Built& built = Built::get();
  HnswIndexOptions options;
  options.background = false;
  options.exact_rows = &built.halves;
  options.ef_search = static_cast<std::size_t>(state.range(0));
  const auto index = HnswIndex::create(built.contents, options).value();
  run(state, {}, [&](std::span<const float> query) { return index->nearest(query, 10).value(); });
}
BENCHMARK(search_ef)
    ->Name("Hnsw/search")
    ->ArgName("ef")
    ->Arg(42)
    ->Arg(64)
    ->Arg(96)
    ->Arg(128)
    ->Arg(192)
    ->Unit(benchmark::kMicrosecond);

void among(benchmark::State& state) {
  const Built& built = Built::get();
  std::vector<ImageId> ids;
  for (std::int64_t id = 1; id <= static_cast<std::int64_t>(Built::kRows); id += state.range(0)) ids.push_back({id});
  const IdSet set(ids);
  const SearchOptions options{.among = &set};
  run(state, options, [&](std::span<const float> query) {
    const auto prepared = built.codec.prepare(query).value();
    const auto found = state.range(1) != 0 ? look_up_rows(built.codec, prepared, built.contents.rows, 42, options)
                                           : search_graph({built.codec, built.contents.rows, *built.contents.graph},
                                                          prepared, 42, 96, options)
                                                 .value();
    return rescore(built.codec, query, found, 10, built.halves).value();
  });
}
BENCHMARK(among)
    ->Name("Hnsw/among")
    ->ArgNames({"nth", "exact"})
    ->ArgsProduct({{1, 2, 4, 8, 16, 32, 128}, {0, 1}})
    ->Unit(benchmark::kMicrosecond);

/// How many rough candidates hold the ten best: what candidates_for() rests on.
void rough(benchmark::State& state) {
  const Built& built = Built::get();
  run(state, {}, [&](std::span<const float> query) {
    const auto prepared = built.codec.prepare(query).value();
    return scan_rows(built.codec, prepared, built.contents.rows, 0, static_cast<std::size_t>(state.range(0)), {});
  });
}
BENCHMARK(rough)
    ->Name("Rough")
    ->ArgName("candidates")
    ->Arg(10)
    ->Arg(14)
    ->Arg(20)
    ->Arg(30)
    ->Arg(42)
    ->Iterations(20)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace glimpse::index
