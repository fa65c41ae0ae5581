#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace glimpse::train {

/// Linear warm-up, then half a cosine down to zero. Source: open_clip, scheduler.py (cosine_lr); Loshchilov and Hutter
/// 2017.
struct Schedule {
  double peak = 0;
  std::int64_t warmup = 0;  ///< Steps.
  std::int64_t total = 1;   ///< Steps, warm-up included.

  /// step: from 0 on.
  double rate(std::int64_t step) const {
    if (step < warmup) return peak * static_cast<double>(step + 1) / static_cast<double>(warmup);
    const auto after = static_cast<double>(std::max<std::int64_t>(total - warmup, 1));
    return 0.5 * peak * (1 + std::cos(std::numbers::pi * static_cast<double>(step - warmup) / after));
  }
};

}  // namespace glimpse::train
