#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace glimpse::filter {

/// The beginning of what the text names: 2023, 2023-06, 2023-06-01, 2023-06-01T12:30 or with seconds, also with a Z
/// behind. Milliseconds since 1970. Errors: invalid_argument for anything else, and for days that are none.
Result<std::int64_t> parse_time(std::string_view text);

/// "2023-06-01T12:30:00Z", with thousandths where there are any: ISO 8601 as RFC 3339 has it. Years 0000 to 9999; times
/// beyond are cut to those.
std::string rfc3339(std::int64_t ms);

}  // namespace glimpse::filter
