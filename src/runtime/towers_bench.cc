// Pictures a second and milliseconds a sentence on the published towers (`make setup` installs them).
// docs/benchmarks/towers.md has figures, and the same towers in PyTorch.
#include <benchmark/benchmark.h>

#include <thread>
#include <vector>

#include "runtime/published_for_tests.h"

namespace glimpse::runtime {
namespace {

/// batch, precision (0 f32, 1 bf16), streams: one caller for each stream, as the indexing pipeline has.
void pictures(benchmark::State& state) {
  const auto batch = state.range(0);
  const int streams = static_cast<int>(state.range(2));
  const EngineSpec spec{.name = "bench",
                        .fingerprint = "",
                        .precision = state.range(1) != 0 ? Precision::kBf16 : Precision::kF32,
                        .streams = streams,
                        .threads = 2,
                        .cache_dir = {}};
  const auto engine = Engine::create(spec, lite2_logits);
  if (!engine) return state.SkipWithError(engine.error().message().c_str());
  const std::vector<float> pixels(static_cast<std::size_t>(batch) * 3 * 260 * 260, 0.25f);
  for (auto _ : state) {
    std::vector<std::jthread> lanes;
    for (int lane = 0; lane < streams; ++lane) {
      lanes.emplace_back([&] {
        std::vector<float> logits(static_cast<std::size_t>(batch) * 1000);
        for (int i = 0; i < 4; ++i) (void)(*engine)->run(pixels, {batch, 3, 260, 260}, logits).has_value();
      });
    }
  }
  state.SetItemsProcessed(state.iterations() * batch * streams * 4);
}
BENCHMARK(pictures)
    ->ArgNames({"batch", "bf16", "streams"})
    ->ArgsProduct({{1, 4, 8, 16}, {0, 1}, {1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void sentence(benchmark::State& state) {
  const auto engine =
      Engine::create({.name = "bench", .fingerprint = "", .threads = 2, .cache_dir = {}}, mini_lm_sentence);
  if (!engine) return state.SkipWithError(engine.error().message().c_str());
  const std::vector<std::int32_t> ids(static_cast<std::size_t>(state.range(0)), 2000);
  std::vector<float> out(384);
  for (auto _ : state) (void)(*engine)->run(ids, {1, state.range(0)}, out).has_value();
}
BENCHMARK(sentence)->ArgName("tokens")->Arg(4)->Arg(7)->Arg(20)->Arg(77)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace glimpse::runtime
