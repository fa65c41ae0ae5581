#include "image/exif_time.h"

#include <algorithm>
#include <chrono>

namespace glimpse::image {
namespace {

/// The decimal number of exactly these characters.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = 10 * value + (c - '0');
  }
  return value;
}

/// "+02:00" or "-0330" in minutes; 0 when it is no such text or farther than any place is.
int offset_minutes(std::string_view text) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return 0;
  const auto hours = digits(text, 1, 2);
  const auto minutes = digits(text, text.size() > 3 && text[3] == ':' ? 4 : 3, 2);
  if (!hours || !minutes || *minutes > 59) return 0;
  const int total = 60 * *hours + *minutes;
  if (total > 14 * 60) return 0;
  return text[0] == '-' ? -total : total;
}

/// "25" is 250 ms.
int milliseconds(std::string_view fraction) {
  int value = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto digit = digits(fraction, i, 1);
    if (!digit && i == 0) return 0;
    value = 10 * value + digit.value_or(0);
  }
  return value;
}

}  // namespace

std::optional<std::int64_t> exif_time_ms(std::string_view time, std::string_view offset, std::string_view fraction) {
  const auto year = digits(time, 0, 4), month = digits(time, 5, 2), day = digits(time, 8, 2);
  const auto hour = digits(time, 11, 2), minute = digits(time, 14, 2), second = digits(time, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *year < 1826 || *year > 2199) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const std::chrono::sys_seconds at = std::chrono::sys_days(date) + std::chrono::hours(*hour) +
                                      std::chrono::minutes(*minute - offset_minutes(offset)) +
                                      std::chrono::seconds(std::min(*second, 59));
  return std::int64_t{at.time_since_epoch().count()} * 1000 + milliseconds(fraction);
}

}  // namespace glimpse::image
