#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/timing.h"
#include "runtime/limits.h"
#include "runtime/towers.h"

namespace glimpse::app {

/// How fast pictures of one kind become the model's input, on all processors. Per second.
struct PictureRates {
  std::string format;
  std::string size;
  std::size_t count = 0;    ///< Different pictures.
  double megapixels = 0;    ///< Of one, on average.
  double bytes = 0;         ///< The same of its file.
  double decode = 0;        ///< As indexing does it: large JPEGs are shrunk while loading.
  double decode_exact = 0;  ///< Every pixel.
  double prepare = 0;       ///< Resize and normalize, decoded as indexing does.
};

/// The picture tower in one arithmetic, on ready tensors.
struct TowerRate {
  runtime::Precision precision = runtime::Precision::kF32;
  std::string unavailable;  ///< Why it was not measured; empty when it was.
  double pictures_per_second = 0;
  double matmul_flops = 0;  ///< runtime::matmul_rate.
};

/// What five words take at the least, on this machine.
struct WordsLimits {
  int tokens = 0;
  runtime::SentenceWork work = {};
  double bytes_per_second = 0;  ///< runtime::memory_read_rate.
};

/// Five words to vector, warm, in one arithmetic.
struct WordsRate {
  runtime::Precision precision = runtime::Precision::kF32;
  Percentiles times = {};
  double matmul_flops = 0;

  /// Of the weights, as they are kept in memory.
  double bytes(const WordsLimits& limits) const;
  /// Reading every weight once; multiplying as fast as a large product does. Neither can be undercut.
  double read_ms(const WordsLimits& limits) const;
  double multiply_ms(const WordsLimits& limits) const;
};

/// The exact index over random vectors.
struct SearchTimes {
  std::size_t vectors = 0;
  int dimension = 0;
  Percentiles times = {};
  double bytes_per_second = 0;  ///< Rows read in the median time.
};

/// From files to a library on disk.
struct IndexRate {
  runtime::Precision precision = runtime::Precision::kF32;
  std::int64_t pictures = 0;
  double seconds = 0;
};

/// What `glimpse bench` measured.
struct BenchReport {
  std::string model;
  std::string processor;
  int processors = 0;
  int batch_size = 0;
  int streams = 0;
  double picture_flop = 0;  ///< runtime::picture_operations.
  std::vector<PictureRates> pictures;
  std::vector<TowerRate> towers;
  WordsLimits words_limits;
  std::vector<WordsRate> words;
  Percentiles query;  ///< Words to vector, each time new ones.
  SearchTimes search;
  std::optional<IndexRate> index;

  /// The tower measured in that arithmetic, or null.
  const TowerRate* tower(runtime::Precision precision) const;
  /// End to end by bare tower; nothing where either was not measured.
  std::optional<double> efficiency() const;
};

/// docs/benchmarks/bench.md says what each key is.
nlohmann::ordered_json to_json(const BenchReport& report);
/// The same for people, on standard output.
void print_table(const BenchReport& report);

}  // namespace glimpse::app
