// A query over 10k, 100k and 1M rows, beside what this machine's memory gives in the same run.
//   build/src/index/index_bench --benchmark_filter='Nearest|MemoryRead'
// bytes_per_second of Nearest is rows read per second, to be compared with MemoryRead at a like size.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "index/exact_index.h"

namespace glimpse::index {
namespace {

/// Rows need no meaning here, only plausible values: a fixed block of normal numbers, repeated.
std::unique_ptr<ExactIndex> filled(std::size_t rows, std::size_t dimension, const ExactIndexOptions& options) {
  auto index = ExactIndex::create(dimension, options).value();
  constexpr std::size_t kChunk = 4096;
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 0.05f);
  std::vector<float> values(kChunk * dimension);
  for (float& value : values) value = normal(random);
  std::vector<ImageId> ids;
  for (std::size_t done = 0; done < rows; done += ids.size()) {
    ids.resize(std::min(kChunk, rows - done));
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = {static_cast<std::int64_t>(done + i + 1)};
    values[0] = static_cast<float>(done);
    static_cast<void>(index->upsert(ids, std::span(values).first(ids.size() * dimension)));
  }
  return index;
}

void nearest(benchmark::State& state, RowStorage storage, SimdLevel simd, int threads) {
  const auto rows = static_cast<std::size_t>(state.range(0)), dimension = static_cast<std::size_t>(state.range(1));
  const auto index = filled(rows, dimension, {.storage = storage, .simd = simd, .threads = threads});
  std::vector<float> query(dimension, 0.04f);
  for (auto _ : state) {
    query[0] += 0.001f;
    benchmark::DoNotOptimize(index->nearest(query, 24));
  }
  const std::size_t value_bytes = storage == RowStorage::kByte ? 1 : storage == RowStorage::kHalf ? 2 : 4;
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(rows * dimension * value_bytes));
}

/// Among every `nth` of a million ids: looked up one by one, or all scanned. Where the two meet is kTightShare.
void among_ids(benchmark::State& state) {
  constexpr std::int64_t kRows = 1'000'000;
  static const auto index = filled(kRows, 512, {});
  std::vector<ImageId> ids;
  for (std::int64_t id = 1; id <= kRows; id += state.range(0)) ids.push_back({id});
  const IdSet among(ids);
  const std::vector<float> query(512, 0.04f);
  for (auto _ : state) benchmark::DoNotOptimize(index->nearest(query, 24, {.among = &among}));
}
BENCHMARK(among_ids)
    ->Name("AmongIds")
    ->ArgName("nth")
    ->RangeMultiplier(2)
    ->Range(1, 1024)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// Sums 64-bit words in four lanes: as fast as one core reads.
void memory_read(benchmark::State& state) {
  std::vector<std::uint64_t> words(static_cast<std::size_t>(state.range(0)) / sizeof(std::uint64_t), 3);
  for (auto _ : state) {
    std::uint64_t sums[4] = {};
    for (std::size_t i = 0; i + 4 <= words.size(); i += 4) {
      for (std::size_t lane = 0; lane < 4; ++lane) sums[lane] += words[i + lane];
    }
    benchmark::DoNotOptimize(sums);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"rows", "dimension"})->UseRealTime()->Unit(benchmark::kMicrosecond);
  for (const std::int64_t rows : {10'000, 100'000, 1'000'000}) {
    for (const std::int64_t dimension : {384, 512}) b->Args({rows, dimension});
  }
}

BENCHMARK(memory_read)->Name("MemoryRead")->Arg(10 << 20)->Arg(100 << 20)->Arg(1 << 30)->UseRealTime();
BENCHMARK_CAPTURE(nearest, half_best, RowStorage::kHalf, best_simd_level(), 1)->Name("Nearest/half/best")->Apply(sizes);
BENCHMARK_CAPTURE(nearest, half_2, RowStorage::kHalf, best_simd_level(), 2)->Name("Nearest/half/best/2")->Apply(sizes);
BENCHMARK_CAPTURE(nearest, byte_best, RowStorage::kByte, best_simd_level(), 1)->Name("Nearest/byte")->Apply(sizes);
BENCHMARK_CAPTURE(nearest, byte_avx2, RowStorage::kByte, SimdLevel::kAvx2, 1)->Name("Nearest/byte/avx2")->Apply(sizes);
BENCHMARK_CAPTURE(nearest, float_best, RowStorage::kFloat, best_simd_level(), 1)->Name("Nearest/float")->Apply(sizes);
BENCHMARK_CAPTURE(nearest, half_avx2, RowStorage::kHalf, SimdLevel::kAvx2, 1)->Name("Nearest/half/avx2")->Apply(sizes);
BENCHMARK_CAPTURE(nearest, half_scalar, RowStorage::kHalf, SimdLevel::kScalar, 1)
    ->Name("Nearest/half/scalar")
    ->Args({10'000, 512})
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace glimpse::index
