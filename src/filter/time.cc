// Points in time as people type them: the parts of ISO 8601 from the left, as many as matter.
#include "filter/time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "base/utf8.h"

namespace glimpse::filter {
namespace {

/// A number of exactly this many digits at the beginning, which is removed.
bool take_digits(std::string_view& text, std::size_t count, int& value) {
  if (text.size() < count) return false;
  const char* end = text.data() + count;
  if (text[0] < '0' || text[0] > '9') return false;
  const auto [read, error] = std::from_chars(text.data(), end, value);
  text.remove_prefix(count);
  return error == std::errc{} && read == end;
}

/// Fills in as many parts as there are; false when something else stands there.
bool take_parts(std::string_view text, std::array<int, 6>& parts) {
  constexpr std::array<std::string_view, 6> kBefore = {"", "-", "-", "T ", ":", ":"};
  for (std::size_t i = 0; i < parts.size() && (i == 0 || !text.empty()); ++i) {
    if (i > 0) {
      if (kBefore[i].find(text[0]) == std::string_view::npos) return false;
      text.remove_prefix(1);
    }
    if (!take_digits(text, i == 0 ? 4 : 2, parts[i])) return false;
    if (i == 3 && text.empty()) return false;  // an hour alone
  }
  return text.empty();
}

}  // namespace

Result<std::int64_t> parse_time(std::string_view text) {
  std::string_view digits = text;
  if (digits.size() > 15 && digits.ends_with('Z')) digits.remove_suffix(1);
  std::array<int, 6> parts = {0, 1, 1, 0, 0, 0};
  const bool read = take_parts(digits, parts);
  const auto [year, month, day, hour, minute, second] = parts;
  const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!read || !date.ok() || hour > 23 || minute > 59 || second > 59) {
    return Error::invalid_argument("expected a date such as 2023, 2023-06, 2023-06-01 or 2023-06-01T12:30, got '{}'",
                                   valid_utf8(text.substr(0, 80)));
  }
  const std::chrono::sys_seconds at = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                                      std::chrono::minutes(minute) + std::chrono::seconds(second);
  return std::int64_t{at.time_since_epoch().count()} * 1000;
}

std::string rfc3339(std::int64_t ms) {
  constexpr std::int64_t kFirst = -62'167'219'200'000, kLast = 253'402'300'799'999;  // of the years 0000 and 9999
  const std::chrono::sys_time<std::chrono::milliseconds> at{std::chrono::milliseconds(std::clamp(ms, kFirst, kLast))};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::int64_t rest = (at - day).count();
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 rest / 3'600'000, rest / 60'000 % 60, rest / 1000 % 60);
  if (rest % 1000 != 0) text += fmt::format(".{:03}", rest % 1000);
  return text + 'Z';
}

}  // namespace glimpse::filter
