// Ticks at 1, 2 and 5 times powers of ten. Source: Heckbert, "Nice Numbers for Graph Labels", Graphics Gems, 1990.
#include "report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace glimpse::report {
namespace {

int decimals_of(double step) { return std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 12); }

}  // namespace

double round_step(double step) {
  const double power = std::pow(10.0, std::floor(std::log10(step)));
  const double lead = step / power;
  constexpr double kSlack = 1 + 1e-9;
  const double round = lead <= 1 * kSlack ? 1 : lead <= 2 * kSlack ? 2 : lead <= 5 * kSlack ? 5 : 10;
  return round * power;
}

Ticks ticks(double low, double high, int wanted) {
  if (!std::isfinite(low)) low = 0;
  if (!std::isfinite(high)) high = 0;
  if (high < low) std::swap(low, high);
  const double least = std::max(std::abs(low), std::abs(high)) * 1e-9;
  if (high - low <= least) {
    const double apart = low == 0 ? 1 : std::abs(low) * 0.1;
    low -= low == 0 ? 0 : apart;
    high += apart;
  }
  Ticks found;
  found.step = round_step((high - low) / std::max(1, wanted - 1));
  found.decimals = decimals_of(found.step);
  const double first = std::floor(low / found.step + 1e-9), last = std::ceil(high / found.step - 1e-9);
  for (double i = first; i <= last; ++i) found.values.push_back(i * found.step);
  return found;
}

std::string tick_label(double value, int decimals) {
  std::string digits = fmt::format("{:.{}f}", std::abs(value), decimals);
  const std::size_t whole = std::min(digits.find('.'), digits.size());
  for (std::size_t at = whole; at > 3; at -= 3) digits.insert(at - 3, ",");
  const bool zero = digits.find_first_not_of("0.,") == std::string::npos;
  return value < 0 && !zero ? "-" + digits : digits;
}

}  // namespace glimpse::report
