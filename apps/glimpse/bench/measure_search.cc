#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string>

#include "bench/measure.h"
#include "bench/timing.h"
#include "library/vector_index.h"

namespace glimpse::app {
namespace {

constexpr std::size_t kVectors = 100'000;
constexpr std::size_t kNearest = 10;
constexpr int kLeastCalls = 100;  // so that p99 means something

constexpr std::array kWords = {"black", "white", "small", "dog",    "cat",  "horse", "woman",  "man",
                               "child", "red",   "car",   "street", "snow", "beach", "flower", "mountain"};

std::string phrase(std::mt19937& random, int words) {
  std::string text;
  for (int i = 0; i < words; ++i) text += std::string(i == 0 ? "" : " ") + kWords[random() % kWords.size()];
  return text;
}

Percentiles summary(const std::vector<double>& times) {
  return {.count = times.size(), .p50_ms = percentile(times, 0.5), .p99_ms = percentile(times, 0.99)};
}

std::vector<float> random_unit_vectors(std::mt19937& random, std::size_t count, std::size_t dimension) {
  std::normal_distribution<float> normal;
  std::vector<float> rows(count * dimension);
  for (auto row = rows.begin(); row != rows.end(); row += static_cast<std::ptrdiff_t>(dimension)) {
    const auto end = row + static_cast<std::ptrdiff_t>(dimension);
    float squares = 0;
    std::generate(row, end, [&] { return normal(random); });
    std::for_each(row, end, [&](float x) { squares += x * x; });
    std::for_each(row, end, [length = std::sqrt(squares)](float& x) { x /= length; });
  }
  return rows;
}

}  // namespace

Result<Percentiles> measure_query(encode::Encoder& encoder, double seconds) {
  constexpr int kFewest = 3, kMost = 8;
  std::mt19937 random(1);
  for (int words = kFewest; words <= kMost; ++words) {
    GLIMPSE_RETURN_IF_ERROR(encoder.embed_text(phrase(random, words)));  // the first of a length is slower
  }
  int count = 0;
  const auto one = [&]() -> Result<void> {
    // The number makes it new: sentences met before are remembered.
    const int words = kFewest + static_cast<int>(random() % (kMost - kFewest + 1));
    GLIMPSE_RETURN_IF_ERROR(encoder.embed_text(phrase(random, words) + " " + std::to_string(count++)));
    return {};
  };
  GLIMPSE_ASSIGN_OR_RETURN(const auto times, times_of(seconds, kLeastCalls, one));
  return summary(times);
}

Result<SearchTimes> measure_search(int dimension, int threads, double seconds) {
  constexpr std::size_t kBlock = 1000;  // different rows; the index holds them again and again
  const auto width = static_cast<std::size_t>(dimension);
  std::mt19937 random(1);
  const std::vector<float> rows = random_unit_vectors(random, kBlock, width);
  GLIMPSE_ASSIGN_OR_RETURN(const auto index, library::ExactIndex::create(width, {.threads = threads}));
  std::vector<library::ImageId> ids(kBlock);
  for (std::size_t first = 0; first < kVectors; first += kBlock) {
    for (std::size_t i = 0; i < kBlock; ++i) ids[i] = {static_cast<std::int64_t>(first + i + 1)};
    GLIMPSE_RETURN_IF_ERROR(index->upsert(ids, rows));
  }
  const auto one = [&]() -> Result<void> {
    GLIMPSE_RETURN_IF_ERROR(index->nearest(random_unit_vectors(random, 1, width), kNearest));
    return {};
  };
  GLIMPSE_ASSIGN_OR_RETURN(const auto times, times_of(seconds, kLeastCalls, one));
  const double bytes = static_cast<double>(kVectors * width * sizeof(std::uint16_t));
  return SearchTimes{.vectors = kVectors,
                     .dimension = dimension,
                     .times = summary(times),
                     .bytes_per_second = bytes / (percentile(times, 0.5) / 1000)};
}

}  // namespace glimpse::app
