#include "qdrant/filter.h"

#include <fmt/format.h>

#include <chrono>

#include "qdrant/point_json.h"

namespace glimpse::qdrant {
namespace {

std::string matching(std::string_view key, Json match) {
  return text_of({{"key", std::string(key)}, {"match", std::move(match)}});
}

std::string with_ids(std::span<const PointId> ids) {
  Json list = Json::array();
  for (const PointId& id : ids) list.push_back(to_json(id));
  return text_of({{"has_id", std::move(list)}});
}

std::string ranged(std::string_view key, Json range) {
  return text_of({{"key", std::string(key)}, {"range", std::move(range)}});
}

}  // namespace

Filter& Filter::match(std::string_view key, std::string_view value) {
  must_.push_back(matching(key, {{"value", std::string(value)}}));
  return *this;
}

Filter& Filter::match_any(std::string_view key, std::span<const std::string> values) {
  if (values.empty()) return is_one_of({});
  must_.push_back(matching(key, {{"any", std::vector<std::string>(values.begin(), values.end())}}));
  return *this;
}

Filter& Filter::not_match(std::string_view key, std::string_view value) {
  must_not_.push_back(matching(key, {{"value", std::string(value)}}));
  return *this;
}

Filter& Filter::has(std::string_view key) {
  must_not_.push_back(text_of({{"is_empty", {{"key", std::string(key)}}}}));
  return *this;
}

Filter& Filter::between(std::string_view key, std::optional<std::int64_t> least, std::optional<std::int64_t> most) {
  Json range = Json::object();
  if (least) range["gte"] = *least;
  if (most) range["lte"] = *most;
  if (!range.empty()) must_.push_back(ranged(key, std::move(range)));
  return *this;
}

Filter& Filter::in_time(std::string_view key, std::optional<std::int64_t> from_ms,
                        std::optional<std::int64_t> before_ms) {
  Json range = Json::object();
  if (from_ms) range["gte"] = rfc3339(*from_ms);
  if (before_ms) range["lt"] = rfc3339(*before_ms);
  if (!range.empty()) must_.push_back(ranged(key, std::move(range)));
  return *this;
}

Filter& Filter::within(std::string_view key, double latitude, double longitude, double radius_m) {
  const Json radius = {{"center", {{"lat", latitude}, {"lon", longitude}}}, {"radius", radius_m}};
  must_.push_back(text_of({{"key", std::string(key)}, {"geo_radius", radius}}));
  return *this;
}

Filter& Filter::is_one_of(std::span<const PointId> ids) {
  must_.push_back(with_ids(ids));
  return *this;
}

Filter& Filter::is_not(const PointId& id) {
  must_not_.push_back(with_ids(std::span(&id, 1)));
  return *this;
}

std::string Filter::json() const {
  std::string text = "{";
  if (!must_.empty()) text += fmt::format(R"("must":[{}])", fmt::join(must_, ","));
  if (!must_not_.empty()) {
    text += fmt::format(R"({}"must_not":[{}])", must_.empty() ? "" : ",", fmt::join(must_not_, ","));
  }
  return text + "}";
}

std::string rfc3339(std::int64_t ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(ms)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

}  // namespace glimpse::qdrant
