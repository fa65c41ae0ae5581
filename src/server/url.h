#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace glimpse::server {

/// Decodes %XX. Errors: invalid_argument for a '%' without two hexadecimal digits, or an encoded NUL.
Result<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// Encodes everything but unreserved characters and '/'.
std::string percent_encode_path(std::string_view text);

/// The parameters of "a=1&b=2", decoded, in their order. Errors: invalid_argument also for text that is not UTF-8.
Result<std::vector<std::pair<std::string, std::string>>> parse_query_pairs(std::string_view query);

/// The same by name. Errors: invalid_argument also for a name given twice.
Result<std::map<std::string, std::string>> parse_query(std::string_view query);

/// A whole decimal number from `low` to `high`, without sign or spaces.
std::optional<std::int64_t> parse_integer(std::string_view text, std::int64_t low, std::int64_t high);

/// A name a picture can have: relative, with no empty, "." or ".." part and no NUL.
bool is_relative_name(std::string_view name);

}  // namespace glimpse::server
