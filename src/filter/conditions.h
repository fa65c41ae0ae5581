#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "filter/filter.h"

namespace glimpse::filter {

enum class ValueKind { kText, kWholeNumber, kYesNo };

/// One condition as people and programs name it.
struct Condition {
  std::string_view name;         ///< "min_width": a query parameter; with '-' for '_' a flag.
  std::string_view placeholder;  ///< What a value is, in a word: "DATE".
  std::string_view help;
  ValueKind kind = ValueKind::kText;  ///< What it is where values have types, as in JSON.
  bool repeatable = false;            ///< May be given several times; any one of the values will do.
};

/// All there are, in the order in which they are shown.
std::span<const Condition> conditions();

/// Adds the condition `name` with this value to the filter. Values:
///   folder              as Filter::folders; '/' at the end and "." between are dropped
///   after, before       2023, 2023-06, 2023-06-01, 2023-06-01T12:30 or with seconds; UTC. "after" is from its
///   beginning
///                       on, "before" up to its beginning: after=2023 before=2024 is the year 2023
///   format              jpeg (jpg), png, bmp, gif, webp, tiff (tif), heic (heif), avif
///   min_pixels, …       a whole number; of pixels also "12M", "500k"
///   shape               landscape, portrait, square
///   near                LATITUDE,LONGITUDE[,RADIUS]: degrees, then km, or with a unit: "48.2,16.4,800m"; 10 km if none
///   captioned           yes or no
/// Errors: invalid_argument, naming the condition, what was expected and what was found; the filter is unchanged then.
Result<void> add_condition(Filter& filter, std::string_view name, std::string_view value);

/// No value is longer, in bytes.
inline constexpr std::size_t kMaxConditionBytes = 1024;
/// No condition is given more often.
inline constexpr std::size_t kMaxValues = 64;

}  // namespace glimpse::filter
