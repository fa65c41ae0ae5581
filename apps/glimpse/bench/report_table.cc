#include <fmt/core.h>

#include <algorithm>

#include "bench/report.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

/// Three digits that mean something: "0.42", "8.3", "1,803".
std::string figure(double value) {
  if (value >= 100) return human_count(static_cast<std::int64_t>(value + 0.5));
  return value >= 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

void print_pictures(const BenchReport& report) {
  fmt::print("\n{:<34}{:>10}{:>16}{:>16}{:>10}\n", "pictures, each a second", "decode", "megapixels", "every pixel",
             "prepare");
  for (const auto& rates : report.pictures) {
    fmt::print("  {:<32}{:>10}{:>16}{:>16}{:>10}\n", rates.format + ", " + rates.size, figure(rates.decode),
               figure(rates.decode * rates.megapixels), figure(rates.decode_exact), figure(rates.prepare));
  }
}

void print_towers(const BenchReport& report) {
  fmt::print("\n{:<34}{:>10}{:>16}{:>16}{:>10}\n", "picture tower", "a second", "matmul GFLOP/s", "bound", "reached");
  for (const auto& tower : report.towers) {
    if (!tower.unavailable.empty()) {
      fmt::print("  not measured: {}\n", tower.unavailable);
      continue;
    }
    const double bound = tower.matmul_flops / report.picture_flop;
    fmt::print("  {:<32}{:>10}{:>16}{:>16}{:>9.0f}%\n", runtime::name_of(tower.precision),
               figure(tower.pictures_per_second), figure(tower.matmul_flops / 1e9), figure(bound),
               100 * tower.pictures_per_second / bound);
  }
  fmt::print("  {} GFLOP a picture, {} batches of {} side by side\n", figure(report.picture_flop / 1e9), report.streams,
             report.batch_size);
}

void print_words(const BenchReport& report) {
  const WordsLimits& limits = report.words_limits;
  fmt::print("\n{:<34}{:>10}{:>16}{:>16}{:>10}\n", "five words to vector, ms", "median", "read weights", "multiply",
             "reached");
  for (const auto& words : report.words) {
    const double read = words.read_ms(limits);
    const double multiply = words.multiply_ms(limits);
    fmt::print("  {:<32}{:>10}{:>16}{:>16}{:>9.0f}%\n", runtime::name_of(words.precision), figure(words.times.p50_ms),
               figure(read), figure(multiply), 100 * std::max(read, multiply) / words.times.p50_ms);
  }
  fmt::print("  {} tokens, {} GFLOP, {} M weights; memory is read at {} GB/s\n", limits.tokens,
             figure(limits.work.operations / 1e9), figure(limits.work.weights / 1e6),
             figure(limits.bytes_per_second / 1e9));
}

}  // namespace

void print_table(const BenchReport& report) {
  fmt::print("{} on {}, {} processor{}\n", report.model, report.processor, report.processors,
             report.processors == 1 ? "" : "s");
  print_pictures(report);
  print_towers(report);
  print_words(report);
  fmt::print("\n{:<34}{} ms (p99 {})\n", "words to vector", figure(report.query.p50_ms), figure(report.query.p99_ms));
  fmt::print("{:<34}{} ms (p99 {}), {} GB/s\n",
             fmt::format("nearest of {} vectors", human_count(static_cast<std::int64_t>(report.search.vectors))),
             figure(report.search.times.p50_ms), figure(report.search.times.p99_ms),
             figure(report.search.bytes_per_second / 1e9));
  if (!report.index) return;
  fmt::print("{:<34}{} pictures/s in {}", "index",
             figure(static_cast<double>(report.index->pictures) / report.index->seconds),
             runtime::name_of(report.index->precision));
  if (const auto efficiency = report.efficiency()) fmt::print(", {:.2f} of the bare tower", *efficiency);
  fmt::print("\n");
}

}  // namespace glimpse::app
