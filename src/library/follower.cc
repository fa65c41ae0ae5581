// Two threads: one takes in events, so that the kernel's queue does not overflow while pictures are embedded; the
// caller's waits for them to settle and applies them. What cannot be applied now is marked again and kept.
#include "library/follower.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <thread>

namespace glimpse::library {
namespace {

using Clock = Watcher::Clock;
using std::chrono::milliseconds;

class Following {
 public:
  Following(Watcher& watcher, const FollowOptions& options, const FollowHooks& hooks, const CancelToken& cancel)
      : watcher_(watcher), options_(options), hooks_(hooks), cancel_(cancel) {}

  void run() {
    look();
    while (!cancel_.cancelled()) {
      const std::uint64_t seen = watcher_.stirs();
      const Clock::time_point due = next_due();
      if (cancel_.cancelled()) return;
      if (Clock::now() < due) {
        watcher_.wait_until(due, seen);
        continue;
      }
      if (Clock::now() >= look_at_) look();
      if (ready_to_apply()) apply();
    }
  }

 private:
  bool ready_to_apply() const { return watcher_.dirty() && Clock::now() >= apply_at(); }

  Clock::time_point apply_at() const {
    const auto activity = watcher_.activity();
    if (!activity) return Clock::time_point::max();
    const auto settled = std::min(activity->last + options_.settle, activity->first + options_.settle_at_most);
    return std::max(settled, retry_at_);
  }

  Clock::time_point next_due() const { return std::min(look_at_, apply_at()); }

  void look() {
    look_at_ = Clock::now() + options_.look;
    const auto roots = hooks_.roots();
    if (!roots) return say(roots.error().message());
    std::vector<Root> list;
    for (const auto& [root, rules] : *roots) list.push_back(root);
    watcher_.set_roots(list);
    watcher_.look_at_roots();
    notice_rules(*roots);
    rescan_due(list);
    if (const std::string notice = watcher_.take_notice(); !notice.empty()) hooks_.trouble(notice);
  }

  void notice_rules(const std::vector<FollowedRoot>& roots) {
    for (const auto& [root, rules] : roots) {
      const auto known = rules_.find(root.id);
      if (known != rules_.end() && known->second != rules) watcher_.mark(root.id);
      rules_[root.id] = rules;
    }
  }

  void rescan_due(const std::vector<Root>& roots) {
    const auto half_watched = watcher_.half_watched();
    const auto now = Clock::now();
    for (const Root& root : roots) {
      auto [scanned, fresh] = scanned_.try_emplace(root.id, now);
      // A scan that takes long is not repeated all the time.
      const auto often = std::max<Clock::duration>(options_.rescan_half_watched, 20 * latest_cost_);
      const auto every =
          half_watched.contains(root.id) ? std::min<Clock::duration>(often, options_.rescan) : options_.rescan;
      if (fresh || now - scanned->second < every) continue;
      scanned->second = now;
      watcher_.mark(root.id);
    }
  }

  void apply() {
    const PartsOfRoots parts = watcher_.take();
    const auto start = Clock::now();
    const auto applied = hooks_.apply(parts);
    if (!applied) return keep(parts, applied.error());
    latest_cost_ = Clock::now() - start;
    trouble_.clear();
    pause_ = kFirstPause;
    for (const auto& [root, list] : parts) {
      if (list.empty()) scanned_[root] = Clock::now();
    }
    if (const std::string notice = watcher_.take_notice(); !notice.empty()) hooks_.trouble(notice);
    if (!watcher_.dirty()) hooks_.settled();
  }

  void keep(const PartsOfRoots& parts, const Error& error) {
    watcher_.mark(parts);
    const bool in_turn = error.code() == ErrorCode::kUnavailable || error.code() == ErrorCode::kCancelled;
    if (!in_turn) {
      say(error.message());
      pause_ = std::min(2 * pause_, kLongestPause);
    }
    retry_at_ = Clock::now() + (in_turn ? kFirstPause : pause_);
  }

  void say(const std::string& message) {
    if (message == trouble_) return;
    trouble_ = message;
    hooks_.trouble(message);
  }

  static constexpr milliseconds kFirstPause{1000};
  static constexpr milliseconds kLongestPause{60'000};

  Watcher& watcher_;
  const FollowOptions& options_;
  const FollowHooks& hooks_;
  const CancelToken& cancel_;
  std::map<RootId, RootRules> rules_;
  std::map<RootId, Clock::time_point> scanned_;
  Clock::time_point look_at_;
  Clock::time_point retry_at_;
  Clock::duration latest_cost_{0};
  milliseconds pause_ = kFirstPause;
  std::string trouble_;
};

}  // namespace

Result<void> follow(Watcher& watcher, const FollowOptions& options, const FollowHooks& hooks,
                    const CancelToken& cancel) {
  Result<void> read;
  {
    std::jthread reader([&](const std::stop_token& stop) {
      while (read && !stop.stop_requested() && !cancel.cancelled()) read = watcher.read(milliseconds(1000));
    });
    Following(watcher, options, hooks, cancel).run();
    reader.request_stop();
    watcher.wake();
  }
  return read;
}

}  // namespace glimpse::library
