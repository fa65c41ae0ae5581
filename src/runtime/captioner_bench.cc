// Milliseconds for a caption's tokens, six beams on one thread, in a full-size CoCa ViT-B-32 of random weights: reading
// every token again for each next one, and reading the new one alone. docs/benchmarks/captions.md has figures.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <map>
#include <stdexcept>
#include <vector>

#include "base/temp_directory.h"
#include "checkpoint/checkpoint.h"
#include "models/coca.h"
#include "runtime/captioner.h"
#include "runtime/engine.h"
#include "runtime/published_layout_for_tests.h"

namespace glimpse::runtime {
namespace {

namespace fs = std::filesystem;

constexpr int kBeams = 6;

/// Small numbers without a pattern: what they are does not matter to the clock, but for the ones that are no numbers.
std::vector<float> random_values(const checkpoint::Shape& shape, std::uint32_t& state) {
  std::vector<float> values(static_cast<std::size_t>(checkpoint::element_count(shape)));
  for (float& value : values) {
    state = state * 1'664'525u + 1'013'904'223u;
    value = (static_cast<float>(state >> 8) / (1 << 23) - 1) * 0.05f;
  }
  return values;
}

/// A CoCa directory; 1 GB on disk while the program runs.
class FullCoca {
 public:
  FullCoca() {
    const fs::path data = fs::path(GLIMPSE_SOURCE_DIR) / "tests/data/models";
    fs::copy(data / "full-coca/open_clip_config.json", directory_.path());
    fs::copy(data / "tiny-coca/bpe_simple_vocab_16e6.txt.gz", directory_.path());
    auto reader = models::ConfigReader::open(directory_.path() / "open_clip_config.json").value();
    const auto config = models::read_coca(reader);
    std::vector<checkpoint::TensorSpec> specs = models::coca_vision_specs(config);
    for (auto& spec : models::coca_text_specs(config)) specs.push_back(std::move(spec));
    for (auto& spec : models::coca_decoder_specs(config)) specs.push_back(std::move(spec));
    std::map<std::string, checkpoint::Shape> shapes = {{"logit_scale", {}}};
    for (const auto& spec : specs) {
      const auto whole = published(spec, /*under_our_name=*/false);
      shapes.emplace(whole.name, whole.shape);
    }
    std::uint32_t state = 1;
    std::map<std::string, std::vector<float>> values;
    for (const auto& [name, shape] : shapes) values.emplace(name, random_values(shape, state));
    std::vector<checkpoint::TensorToWrite> tensors;
    for (const auto& [name, shape] : shapes) tensors.push_back({name, shape, values.at(name)});
    if (!checkpoint::write_safetensors(directory_.path() / "open_clip_model.safetensors", tensors)) {
      throw std::runtime_error("the disk is full");
    }
    auto opened = models::open_dual_encoder(directory_.path());
    if (!opened) throw std::runtime_error(opened.error().message());
    model_ = *std::move(opened);
  }
  const models::DualEncoder& model() const { return *model_; }

 private:
  TempDirectory directory_;
  std::unique_ptr<models::DualEncoder> model_;
};

const models::DualEncoder& model() {
  static const FullCoca coca;
  return coca.model();
}

/// The first `length` tokens of six sentences that differ.
std::vector<text::TokenId> beams(int length) {
  std::vector<text::TokenId> ids;
  for (int beam = 0; beam < kBeams; ++beam) {
    for (int i = 0; i < length; ++i) ids.push_back(i == 0 ? 49406 : 1000 + 50 * beam + i);
  }
  return ids;
}

Precision precision_of(const benchmark::State& state) {
  return state.range(1) != 0 ? Precision::kBf16 : Precision::kF32;
}

/// The first caption packs weights and makes kernels for each length: it does not count.
template <typename F>
void measure(benchmark::State& state, F&& write_caption) {
  if (!write_caption()) return state.SkipWithError("the model did not run");
  for (auto _ : state) benchmark::DoNotOptimize(write_caption());
}

/// tokens, precision (0 f32, 1 bf16)
void every_token_again(benchmark::State& state) {
  const models::CaptionModel& captions = *model().captions();
  const std::int64_t memory_tokens = captions.memory_tokens(), width = captions.memory_width();
  const EngineSpec spec{.name = "bench", .fingerprint = "", .precision = precision_of(state), .cache_dir = {}};
  const auto engine = Engine::create(spec, [&](OpenVinoGraph& graph) {
    const auto memory = graph.parameter("memory", nn::ElementType::kF32, {1, memory_tokens, width});
    return captions.next_forward(graph, memory,
                                 graph.parameter("ids", nn::ElementType::kI32, {nn::kDynamic, nn::kDynamic}));
  });
  if (!engine) return state.SkipWithError(engine.error().message().c_str());
  const std::vector<float> memory(static_cast<std::size_t>(memory_tokens * width), 0.1f);
  std::vector<float> scores(kBeams * 49408);
  measure(state, [&] {
    for (int length = 1; length <= state.range(0); ++length) {
      const auto ids = beams(length);
      const std::vector<EngineInput> inputs = {{.values = memory, .shape = {1, memory_tokens, width}},
                                               {.values = ids, .shape = {kBeams, length}}};
      if (!(*engine)->run(inputs, scores)) return false;
    }
    return true;
  });
}

void the_new_token_alone(benchmark::State& state) {
  const auto captioner = Captioner::compile(model(), {.precision = precision_of(state), .threads = 1, .cache_dir = {}});
  if (!captioner) return state.SkipWithError(captioner.error().message().c_str());
  const models::CaptionModel& captions = *model().captions();
  const std::vector<float> memory(static_cast<std::size_t>(captions.memory_tokens() * captions.memory_width()), 0.1f);
  measure(state, [&] {
    CaptionPast past;
    for (int length = 1; length <= state.range(0); ++length) {
      if (!(*captioner)->next(memory, beams(length), kBeams, past)) return false;
    }
    return true;
  });
}

BENCHMARK(every_token_again)
    ->ArgNames({"tokens", "bf16"})
    ->ArgsProduct({{10, 20, 30}, {0, 1}})
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(the_new_token_alone)
    ->ArgNames({"tokens", "bf16"})
    ->ArgsProduct({{10, 20, 30}, {0, 1}})
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace glimpse::runtime
