#include "bench/timing.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace glimpse::app {

Result<double> rate_on_lanes(int lanes, double seconds, const std::function<Result<double>(int lane)>& work) {
  std::mutex mutex;
  double units = 0;
  std::optional<Error> failure;
  const Stopwatch watch;
  const auto run = [&](int lane) {
    do {
      auto done = work(lane);
      const std::lock_guard lock(mutex);
      if (!done && !failure) failure = std::move(done).error();
      if (failure) return;
      units += *done;
    } while (watch.seconds() < seconds);
  };
  {
    std::vector<std::jthread> threads;
    for (int lane = 0; lane < lanes; ++lane) threads.emplace_back([&run, lane] { run(lane); });
  }
  if (failure) return *std::move(failure);
  return units / watch.seconds();
}

Result<Percentiles> times_of(double seconds, const std::function<Result<void>()>& work) {
  constexpr std::size_t kLeastCalls = 100;
  std::vector<double> times;
  const Stopwatch whole;
  while (times.size() < kLeastCalls || whole.seconds() < seconds) {
    const Stopwatch one;
    GLIMPSE_RETURN_IF_ERROR(work());
    times.push_back(one.seconds() * 1000);
  }
  std::ranges::sort(times);
  return Percentiles{
      .count = times.size(), .p50_ms = times[times.size() / 2], .p99_ms = times[times.size() * 99 / 100]};
}

}  // namespace glimpse::app
