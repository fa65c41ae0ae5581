// Each processor adds up a part of its own, again and again: eight sums, so that memory is waited for and not the
// adder.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <new>
#include <numeric>
#include <span>
#include <thread>
#include <vector>

#include "base/cpu.h"
#include "runtime/limits.h"

namespace glimpse::runtime {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kBytes = std::size_t{256} << 20;
constexpr std::size_t kBlock = std::size_t{1} << 20;  ///< Bytes between two looks at the clock.

std::uint64_t sum(std::span<const std::uint64_t> block) {
  std::array<std::uint64_t, 8> sums{};
  for (std::size_t i = 0; i + sums.size() <= block.size(); i += sums.size()) {
    for (std::size_t lane = 0; lane < sums.size(); ++lane) sums[lane] += block[i + lane];
  }
  return std::accumulate(sums.begin(), sums.end(), std::uint64_t{0});
}

}  // namespace

Result<double> memory_read_rate(int threads, double seconds) {
  constexpr std::size_t kNumbers = kBytes / sizeof(std::uint64_t), kStep = kBlock / sizeof(std::uint64_t);
  const std::size_t lanes =
      std::min(static_cast<std::size_t>(threads > 0 ? threads : available_cpus()), kBytes / kBlock);
  const std::unique_ptr<std::uint64_t[]> numbers(new (std::nothrow) std::uint64_t[kNumbers]);
  if (numbers == nullptr) return Error::resource_exhausted("reading memory: there are no 256 MiB free for it");
  std::iota(numbers.get(), numbers.get() + kNumbers, std::uint64_t{1});  // written: else all pages are one
  std::atomic<std::uint64_t> blocks{0}, kept{0};
  const auto started = Clock::now();
  const auto end = started + std::chrono::duration<double>(seconds);
  {
    std::vector<std::jthread> readers;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      readers.emplace_back([&, lane] {
        const std::size_t share = kNumbers / lanes / kStep * kStep;
        const std::span<const std::uint64_t> part(numbers.get() + lane * share, share);
        std::size_t at = 0;
        do {
          kept += sum(part.subspan(at, kStep));  // used, so it is not left out
          at = (at + kStep) % share;
          ++blocks;
        } while (Clock::now() < end);
      });
    }
  }
  const double passed = std::chrono::duration<double>(Clock::now() - started).count();
  return static_cast<double>(blocks) * static_cast<double>(kBlock) / passed;
}

}  // namespace glimpse::runtime
