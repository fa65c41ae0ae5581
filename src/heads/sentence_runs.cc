#include "heads/sentence_runs.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace glimpse::heads {
namespace {

constexpr std::int64_t kLongestRun = 5;
constexpr float kAlike = 0.4f;  ///< Two sentences of one run should be closer than this cosine.
constexpr float kShort = 0.3f;  ///< The price of each sentence that a run lacks of five.

std::string sort_key(const std::string& sentence) {
  std::string key;
  for (const char c : sentence) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) key += c;
    if (c >= 'A' && c <= 'Z') key += static_cast<char>(c - 'A' + 'a');
  }
  return key;
}

float cosine(const Matrix& embeddings, std::int64_t a, std::int64_t b) {
  const float* const x = embeddings.values.data() + a * embeddings.columns;
  const float* const y = embeddings.values.data() + b * embeddings.columns;
  return std::inner_product(x, x + embeddings.columns, y, 0.0f);
}

}  // namespace

std::vector<std::vector<std::int64_t>> sentence_runs(std::span<const std::string> sentences, const Matrix& embeddings) {
  const auto count = static_cast<std::int64_t>(sentences.size());
  std::vector<std::string> keys(sentences.size());
  std::ranges::transform(sentences, keys.begin(), sort_key);
  std::vector<float> best(sentences.size() + 1, -std::numeric_limits<float>::infinity());
  std::vector<std::int64_t> begin_of(sentences.size() + 1);
  best[0] = 0;
  for (std::int64_t end = 1; end <= count; ++end) {
    float gain = 0;  // of the pairs in [begin, end)
    for (std::int64_t begin = end - 1; begin >= std::max<std::int64_t>(end - kLongestRun, 0); --begin) {
      if (begin + 1 < end && keys[begin] > keys[begin + 1]) break;
      for (std::int64_t other = begin + 1; other < end; ++other) gain += cosine(embeddings, begin, other) - kAlike;
      const float value = best[begin] + gain - kShort * static_cast<float>(kLongestRun - (end - begin));
      if (value <= best[end]) continue;
      best[end] = value;
      begin_of[end] = begin;
    }
  }
  std::vector<std::vector<std::int64_t>> runs;
  for (std::int64_t end = count; end > 0; end = begin_of[end]) {
    runs.emplace_back(static_cast<std::size_t>(end - begin_of[end]));
    std::iota(runs.back().begin(), runs.back().end(), begin_of[end]);
  }
  std::ranges::reverse(runs);
  return runs;
}

}  // namespace glimpse::heads
