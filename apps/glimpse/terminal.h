#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace glimpse::app {

/// Whether standard error shows a person a terminal, so that bars and colours make sense (and NO_COLOR is unset).
bool stderr_is_terminal();
bool stderr_has_colour();

/// "3 m 12 s", "45 s", "0.4 s".
std::string human_duration(double seconds);
/// "1,803".
std::string human_count(std::int64_t count);

/// A progress line on standard error: a bar redrawn in place on a terminal, elsewhere a plain line every ten seconds.
/// Used from one thread.
class ProgressLine {
 public:
  /// verb: what is being done, as "indexing".
  ProgressLine(std::string verb, std::int64_t total, bool quiet);
  /// done counts embedded pictures, skipped those that failed.
  void update(std::int64_t done, std::int64_t skipped);
  /// Removes the bar, so that a summary can take its place.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  std::string line(std::int64_t done, std::int64_t skipped) const;

  std::string verb_;
  std::int64_t total_;
  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point started_;
  Clock::time_point last_drawn_;
};

}  // namespace glimpse::app
