#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "stopwatch.h"

namespace glimpse::app {

/// How many units of work a second `lanes` threads get through: each calls `work(lane)`, which says how many units it
/// did, until `seconds` have passed, but at least once. Errors: work's, which stop all lanes.
Result<double> rate_on_lanes(int lanes, double seconds, const std::function<Result<double>(int lane)>& work);

/// Milliseconds of each call of `work` for about `seconds`, at least `at_least` calls, ascending.
Result<std::vector<double>> times_of(double seconds, int at_least, const std::function<Result<void>()>& work);

/// The value that a share of `ascending` (not empty) does not exceed: share 0.5 is the median.
double percentile(const std::vector<double>& ascending, double share);

}  // namespace glimpse::app
