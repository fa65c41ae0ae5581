// One thread's searches of an HNSW index over rows from a NumPy file, for bench/index_peers.py:
//   index_search ROWS.npy QUERIES.npy TRUTH.npy M EF_CONSTRUCTION EF[,EF…] BUILD_THREADS INDEX_FILE
// ROWS and QUERIES: [n, dimension] f32, unit vectors; TRUTH: [queries, 10] i64, row numbers. INDEX_FILE is read when it
// is there, else built and written. One JSON object a line and EF.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/memory.h"
#include "index/hnsw_index.h"
#include "index/index_file.h"
#include "index/simd.h"

namespace {

using namespace glimpse;
using namespace glimpse::index;

[[noreturn]] void fail(const std::string& why) {
  fmt::print(stderr, "index_search: {}\n", why);
  std::exit(2);
}

template <typename T>
T must(Result<T> result) {
  if (!result) fail(result.error().message());
  return *std::move(result);
}

/// A two-dimensional array in NumPy's format, version 1. Source: NEP 1.
template <typename T>
struct Array {
  Array(const char* path, const std::string& type) : file(must(MappedFile::open(path))) {
    const auto bytes = file.bytes();
    std::uint16_t length = 0;
    std::memcpy(&length, bytes.data() + 8, sizeof(length));
    const std::string header(reinterpret_cast<const char*>(bytes.data()) + 10, length);
    const auto shape = header.find("'shape': (");
    if (header.find(type) == std::string::npos || shape == std::string::npos)
      fail(fmt::format("{}: no {}", path, type));
    char* end = nullptr;
    rows = std::strtoull(header.c_str() + shape + 10, &end, 10);
    width = std::strtoull(end + 1, nullptr, 10);
    values = {reinterpret_cast<const T*>(bytes.data() + 10 + length), rows * width};
  }
  std::span<const T> row(std::size_t i) const { return values.subspan(i * width, width); }
  MappedFile file;
  std::size_t rows = 0, width = 0;
  std::span<const T> values;
};

/// Row i has id i + 1.
class Halves : public ExactRows {
 public:
  explicit Halves(const Array<float>& rows) : width_(rows.width), halves_(rows.values.size()) {
    kernels_for(best_simd_level()).to_half(rows.values.data(), halves_.data(), halves_.size());
  }
  Result<void> read(std::span<const ImageId> ids, const Visit& visit) const override {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      visit(i, std::span(halves_).subspan(static_cast<std::size_t>(ids[i].value - 1) * width_, width_));
    }
    return {};
  }

 private:
  std::size_t width_;
  std::vector<std::uint16_t> halves_;
};

using Clock = std::chrono::steady_clock;
double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// This thread's time on a processor: what a query costs, also where others want the processor too.
double processor_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

IndexContents built(const Array<float>& rows, const HnswIndexOptions& options, const char* file) {
  const auto start = Clock::now();
  const auto index = must(HnswIndex::create(rows.width, options));
  constexpr std::size_t kStep = Rows::kBlockRows;
  for (std::size_t first = 0; first < rows.rows; first += kStep) {
    const std::size_t count = std::min(kStep, rows.rows - first);
    std::vector<ImageId> ids(count);
    for (std::size_t i = 0; i < count; ++i) ids[i] = {static_cast<std::int64_t>(first + i + 1)};
    if (!index->upsert(ids, rows.values.subspan(first * rows.width, count * rows.width))) fail("upsert");
  }
  if (!index->settle()) fail("no memory for the graph");
  fmt::print("{{\"build_s\": {:.1f}, \"threads\": {}}}\n", ms_since(start) / 1000, options.build_threads);
  if (const auto saved = save_index(file, {}, index->contents()); !saved) fail(saved.error().message());
  return index->contents();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 9) fail("expected ROWS QUERIES TRUTH M EF_CONSTRUCTION EF[,EF] BUILD_THREADS INDEX_FILE");
  const Array<float> rows(argv[1], "<f4"), queries(argv[2], "<f4");
  const Array<std::int64_t> truth(argv[3], "<i8");
  HnswIndexOptions options;
  options.parameters = {std::strtoull(argv[4], nullptr, 10), std::strtoull(argv[5], nullptr, 10)};
  options.build_threads = std::atoi(argv[7]);
  options.background = false;
  return_freed_memory();
  const auto before = process_memory().resident;
  auto loaded = load_index(argv[8], {}, RowStorage::kByte, rows.width, options.parameters);
  const bool from_file = loaded.has_value();
  IndexContents contents = from_file ? std::move(loaded->contents) : built(rows, options, argv[8]);
  return_freed_memory();
  const double bytes = static_cast<double>(process_memory().resident - before) / static_cast<double>(rows.rows);
  const Halves halves(rows);
  options.exact_rows = &halves;
  for (char* ef = std::strtok(argv[6], ","); ef != nullptr; ef = std::strtok(nullptr, ",")) {
    options.ef_search = std::strtoull(ef, nullptr, 10);
    const auto index = must(HnswIndex::create(contents, options));
    std::vector<double> times, work;
    std::size_t found = 0;
    for (std::size_t q = 0; q < queries.rows; ++q) {
      const double before_query = processor_ms();
      const auto start = Clock::now();
      const auto nearest = must(index->nearest(queries.row(q), 10));
      times.push_back(ms_since(start));
      work.push_back(processor_ms() - before_query);
      for (const Neighbor& neighbor : nearest)
        found += std::ranges::count(truth.row(q), neighbor.id.value - 1) > 0 ? 1 : 0;
    }
    std::sort(times.begin(), times.end());
    std::sort(work.begin(), work.end());
    fmt::print(
        "{{\"ef\": {}, \"recall_at_10\": {:.4f}, \"p50_ms\": {:.3f}, \"p99_ms\": {:.3f}, \"cpu_p50_ms\": {:.3f}, "
        "\"cpu_p99_ms\": {:.3f}{}}}\n",
        options.ef_search, static_cast<double>(found) / static_cast<double>(10 * queries.rows), times[times.size() / 2],
        times[times.size() * 99 / 100], work[work.size() / 2], work[work.size() * 99 / 100],
        from_file ? fmt::format(", \"bytes_a_vector\": {:.0f}", bytes) : "");
    std::fflush(stdout);
  }
}
