#include "progress_view.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "terminal.h"

namespace glimpse::app {
namespace {

constexpr std::chrono::milliseconds kRedrawEvery{100};
constexpr std::chrono::seconds kPlainLineEvery{10};
constexpr std::size_t kCells = 16;

std::vector<double> losses(const train::Curve& curve) {
  std::vector<double> values;
  for (const auto& point : curve.steps()) values.push_back(point.loss);
  return values;
}

std::vector<double> scores(const train::Curve& curve) {
  std::vector<double> values;
  for (const auto& point : curve.validations()) values.push_back(point.ndcg_10);
  return values;
}

}  // namespace

std::string sparkline(std::span<const double> values, std::size_t cells) {
  constexpr std::array<const char*, 8> kHeights = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (values.empty()) return {};
  cells = std::min(cells, values.size());
  std::vector<double> means;
  for (std::size_t i = 0; i < cells; ++i) {
    const std::size_t begin = i * values.size() / cells, end = (i + 1) * values.size() / cells;
    double sum = 0;
    for (std::size_t k = begin; k < end; ++k) sum += values[k];
    means.push_back(sum / static_cast<double>(end - begin));
  }
  const auto [low, high] = std::ranges::minmax(means);
  std::string line;
  for (const double mean : means) {
    const double share = high > low ? (mean - low) / (high - low) : 0;
    line += kHeights[std::min<std::size_t>(7, static_cast<std::size_t>(share * 8))];
  }
  return line;
}

ProgressView::ProgressView(bool quiet) : quiet_(quiet), terminal_(stderr_is_terminal()) {}

std::string ProgressView::line(const train::LoopNews& news) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - started_).count();
  const auto done = static_cast<double>(news.step - first_step_);
  std::string text = fmt::format("step {}/{}", human_count(news.step), human_count(news.total));
  if (!news.curve.steps().empty()) {
    const auto& last = news.curve.steps().back();
    text += fmt::format("  loss {:.4f}", last.loss);
    if (terminal_) text += " " + sparkline(losses(news.curve), kCells);
    text += fmt::format("  lr {:.2e}", last.rate);
  }
  if (pairs_ > 0 && seconds > 0) text += fmt::format("  {:.1f} pairs/s", static_cast<double>(pairs_) / seconds);
  if (done > 0) {
    text += fmt::format("  {} left", human_duration(seconds / done * static_cast<double>(news.total - news.step)));
  }
  if (!news.curve.validations().empty()) {
    text += fmt::format("  validation nDCG@10 {:.4f}", news.curve.validations().back().ndcg_10);
    if (terminal_) text += " " + sparkline(scores(news.curve), kCells);
  }
  return text;
}

void ProgressView::update(const train::LoopNews& news) {
  if (first_step_ < 0) {
    first_step_ = news.pairs > 0 ? news.step - 1 : news.step;
    started_ = Clock::now();
  }
  pairs_ += news.pairs;
  if (quiet_) return;
  const auto now = Clock::now();
  const bool validated = news.pairs == 0;
  if (!validated &&
      now - last_drawn_ < (terminal_ ? Clock::duration(kRedrawEvery) : Clock::duration(kPlainLineEvery))) {
    return;
  }
  last_drawn_ = now;
  fmt::print(stderr, "{}{}{}", terminal_ ? "\r\033[K" : "", line(news), terminal_ ? "" : "\n");
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressView::finish() {
  if (terminal_ && drawn_) fmt::print(stderr, "\n");
  drawn_ = false;
}

}  // namespace glimpse::app
