#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "train/loop.h"

namespace glimpse::app {

/// Values as a line of eight heights, averaged into at most `cells`: "▇▅▃▂▁". Empty for no values.
std::string sparkline(std::span<const double> values, std::size_t cells);

/// The course of a run on standard error: a line redrawn in place on a terminal, elsewhere one every ten seconds and
/// at each validation. Used from one thread.
class ProgressView {
 public:
  explicit ProgressView(bool quiet);
  void update(const train::LoopNews& news);
  /// Leaves the last line standing and begins a new one.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  std::string line(const train::LoopNews& news) const;

  bool quiet_, terminal_, drawn_ = false;
  Clock::time_point started_ = Clock::now(), last_drawn_;
  std::int64_t first_step_ = -1;
  std::size_t pairs_ = 0;
};

}  // namespace glimpse::app
