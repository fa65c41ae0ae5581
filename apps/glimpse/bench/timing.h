#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"
#include "stopwatch.h"

namespace glimpse::app {

/// How many units of work a second `lanes` threads get through: each calls `work(lane)`, which says how many units it
/// did, until `seconds` have passed, but at least once. Errors: work's, which stop all lanes.
Result<double> rate_on_lanes(int lanes, double seconds, const std::function<Result<double>(int lane)>& work);

/// Milliseconds of single calls.
struct Percentiles {
  std::size_t count = 0;
  double p50_ms = 0;  ///< The median.
  double p99_ms = 0;
};

/// Calls `work` one after the other for about `seconds`, but at least 100 times, so that p99 means something.
/// Errors: work's.
Result<Percentiles> times_of(double seconds, const std::function<Result<void>()>& work);

}  // namespace glimpse::app
