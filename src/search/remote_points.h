#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "qdrant/client.h"

namespace glimpse::search {

using RemotePoint = qdrant::FoundPoint;

/// The points of the latest answers, by the numbers they were given: what is asked for next (a thumbnail, the file,
/// pictures like it) is known without asking the store, and is the very point that was shown even where two share a
/// number. Thread-safe.
class RemotePoints {
 public:
  explicit RemotePoints(std::size_t most = 10'000) : most_(most) {}
  void remember(std::int64_t number, const RemotePoint& point);
  std::optional<RemotePoint> find(std::int64_t number) const;

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::unordered_map<std::int64_t, RemotePoint> points_;
  std::deque<std::int64_t> oldest_first_;
};

}  // namespace glimpse::search
