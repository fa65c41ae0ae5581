#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "filter/filter.h"
#include "server/http.h"
#include "server/wire.h"

// What the files that read JSON share; internal to this room.
namespace glimpse::server {

using Json = nlohmann::ordered_json;
using Refusal = tl::unexpected<Response>;

Refusal unprocessable(std::string_view message);  ///< 422
Refusal malformed(std::string_view message);      ///< 400

Parsed<Json> parse_object(std::string_view text);

/// A JSON number that is whole (24 and 24.0 are the same number) and within the range.
std::optional<std::int64_t> whole_number(const Json& value, std::int64_t low, std::int64_t high);

/// The value as JSON, cut to what a message can bear.
std::string excerpt(const Json& value);

/// The conditions of a body's `filter`; a refusal when one makes no sense.
std::optional<Refusal> read_filter(const Json& json, filter::Filter& filter);

}  // namespace glimpse::server
