#include "terminal.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace glimpse::app {
namespace {

constexpr int kBarCells = 24;
constexpr std::chrono::milliseconds kRedrawEvery{100};
constexpr std::chrono::seconds kPlainLineEvery{10};

std::string bar(double share) {
  const int full = std::clamp(static_cast<int>(share * kBarCells), 0, kBarCells);
  std::string cells;
  for (int i = 0; i < kBarCells; ++i) cells += i < full ? "█" : "░";
  return cells;
}

}  // namespace

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

bool stderr_has_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  return stderr_is_terminal() && (no_colour == nullptr || std::string_view(no_colour).empty());
}

std::string human_duration(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} m {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} m", whole / 3600, whole / 60 % 60);
}

std::string human_count(std::int64_t count) {
  std::string digits = fmt::format("{}", count);
  for (auto at = static_cast<std::int64_t>(digits.size()) - 3; at > (count < 0 ? 1 : 0); at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

ProgressLine::ProgressLine(std::string verb, std::int64_t total, bool quiet)
    : verb_(std::move(verb)), total_(total), quiet_(quiet), terminal_(stderr_is_terminal()), started_(Clock::now()) {
  last_drawn_ = started_;
}

void ProgressLine::update(std::int64_t done, std::int64_t skipped) {
  if (quiet_) return;
  const auto now = Clock::now();
  if (now - last_drawn_ < (terminal_ ? Clock::duration(kRedrawEvery) : Clock::duration(kPlainLineEvery))) return;
  last_drawn_ = now;
  drawn_ = true;
  const std::string text = line(done, skipped);
  if (terminal_) {
    fmt::print(stderr, "\r\033[K{}", text);
  } else {
    fmt::print(stderr, "{}\n", text);
  }
  std::fflush(stderr);
}

void ProgressLine::finish() {
  if (terminal_ && drawn_) fmt::print(stderr, "\r\033[K");
}

std::string ProgressLine::line(std::int64_t done, std::int64_t skipped) const {
  const double elapsed = std::chrono::duration<double>(Clock::now() - started_).count();
  const double finished = static_cast<double>(done + skipped);
  const double share = total_ > 0 ? finished / static_cast<double>(total_) : 1.0;
  const double rate = elapsed > 0 ? finished / elapsed : 0;
  std::string text = terminal_ ? fmt::format("{} {} ", verb_, bar(share)) : fmt::format("{}: ", verb_);
  text += fmt::format("{} of {}  {:.0f}/s", human_count(done + skipped), human_count(total_), rate);
  if (rate > 0) text += fmt::format("  {} left", human_duration((static_cast<double>(total_) - finished) / rate));
  if (skipped > 0) text += fmt::format("  {} skipped", human_count(skipped));
  return text;
}

}  // namespace glimpse::app
