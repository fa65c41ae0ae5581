#include <algorithm>
#include <cmath>
#include <random>

#include "bench/measure.h"
#include "index/exact_index.h"

namespace glimpse::app {
namespace {

constexpr std::size_t kVectors = 100'000;
constexpr std::size_t kNearest = 10;

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

Result<SearchTimes> measure_search(int dimension, int threads, double seconds) {
  constexpr std::size_t kBlock = 1000;  // different rows; the index holds them again and again
  const auto width = static_cast<std::size_t>(dimension);
  std::mt19937 random(1);
  const std::vector<float> rows = random_unit_vectors(random, kBlock, width);
  GLIMPSE_ASSIGN_OR_RETURN(const auto index, index::ExactIndex::create(width, {.threads = threads}));
  std::vector<library::ImageId> ids(kBlock);
  for (std::size_t first = 0; first < kVectors; first += kBlock) {
    for (std::size_t i = 0; i < kBlock; ++i) ids[i] = {static_cast<std::int64_t>(first + i + 1)};
    GLIMPSE_RETURN_IF_ERROR(index->upsert(ids, rows));
  }
  const auto one = [&]() -> Result<void> {
    GLIMPSE_RETURN_IF_ERROR(index->nearest(random_unit_vectors(random, 1, width), kNearest));
    return {};
  };
  GLIMPSE_ASSIGN_OR_RETURN(const auto times, times_of(seconds, one));
  const double bytes = static_cast<double>(kVectors * width * sizeof(std::uint16_t));
  return SearchTimes{
      .vectors = kVectors, .dimension = dimension, .times = times, .bytes_per_second = bytes / (times.p50_ms / 1000)};
}

}  // namespace glimpse::app
