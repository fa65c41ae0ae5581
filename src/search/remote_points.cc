#include "search/remote_points.h"

namespace glimpse::search {

void RemotePoints::remember(std::int64_t number, const RemotePoint& point) {
  const std::lock_guard lock(mutex_);
  const bool fresh = points_.insert_or_assign(number, point).second;
  if (!fresh) return;
  oldest_first_.push_back(number);
  if (oldest_first_.size() <= most_) return;
  points_.erase(oldest_first_.front());
  oldest_first_.pop_front();
}

std::optional<RemotePoint> RemotePoints::find(std::int64_t number) const {
  const std::lock_guard lock(mutex_);
  const auto found = points_.find(number);
  return found == points_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace glimpse::search
