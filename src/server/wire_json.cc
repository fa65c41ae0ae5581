#include "server/wire_json.h"

#include <algorithm>
#include <cmath>

#include "server/failure.h"

namespace glimpse::server {
namespace {

/// How deep arrays and objects nest, without building them; strings are skipped.
int json_depth(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

Refusal unprocessable(std::string_view message) { return Refusal(failure(422, "invalid_argument", message)); }
Refusal malformed(std::string_view message) { return Refusal(failure(400, "malformed_request", message)); }

Parsed<Json> parse_object(std::string_view text) {
  if (json_depth(text) > kMaxJsonDepth) return malformed(fmt::format("JSON nested deeper than {}", kMaxJsonDepth));
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return malformed("the body is not valid JSON in UTF-8");
  if (!json.is_object()) return unprocessable("the body must be a JSON object such as {\"query\":\"black dog\"}");
  return json;
}

std::optional<std::int64_t> whole_number(const Json& value, std::int64_t low, std::int64_t high) {
  std::int64_t number = 0;
  if (value.is_number_unsigned()) {
    const auto wide = value.get<std::uint64_t>();
    if (wide > static_cast<std::uint64_t>(high)) return std::nullopt;
    number = static_cast<std::int64_t>(wide);
  } else if (value.is_number_integer()) {
    number = value.get<std::int64_t>();
  } else if (value.is_number_float()) {
    const double real = value.get<double>();
    if (!(std::abs(real) < 9e15) || real != std::floor(real)) return std::nullopt;
    number = static_cast<std::int64_t>(real);
  } else {
    return std::nullopt;
  }
  return number >= low && number <= high ? std::optional(number) : std::nullopt;
}

std::string excerpt(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > 40) text = text.substr(0, 40) + "…";
  return text;
}

}  // namespace glimpse::server
