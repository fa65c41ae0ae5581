#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "qdrant/point.h"

namespace glimpse::qdrant {

/// Which points a request is about: those that meet every condition. Without conditions: all. Each call adds one.
class Filter {
 public:
  Filter& match(std::string_view key, std::string_view value);
  /// Any one of the values. None: no point at all.
  Filter& match_any(std::string_view key, std::span<const std::string> values);
  Filter& not_match(std::string_view key, std::string_view value);
  /// Points that have the key.
  Filter& has(std::string_view key);
  /// Both ends included.
  Filter& between(std::string_view key, std::optional<std::int64_t> least, std::optional<std::int64_t> most);
  /// From `from_ms` on and before `before_ms`, in milliseconds since 1970.
  Filter& in_time(std::string_view key, std::optional<std::int64_t> from_ms, std::optional<std::int64_t> before_ms);
  Filter& within(std::string_view key, double latitude, double longitude, double radius_m);
  Filter& is_one_of(std::span<const PointId> ids);
  Filter& is_not(const PointId& id);

  bool empty() const { return must_.empty() && must_not_.empty(); }
  /// Qdrant's "filter" object.
  std::string json() const;

 private:
  std::vector<std::string> must_;  ///< Conditions as JSON.
  std::vector<std::string> must_not_;
};

/// "2023-05-06T07:08:09.123Z".
std::string rfc3339(std::int64_t ms);

}  // namespace glimpse::qdrant
