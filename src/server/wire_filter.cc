// The `filter` of a body: each member is a condition, its value a text, a number, a yes or no, or a list of texts.
#include <algorithm>

#include "filter/conditions.h"
#include "server/wire_json.h"

namespace glimpse::server {
namespace {

constexpr std::int64_t kMaxPixels = 1'000'000'000'000;

/// A JSON value as the condition's text; nothing when it is of another type.
std::optional<std::string> condition_text(filter::ValueKind kind, const Json& value) {
  switch (kind) {
    case filter::ValueKind::kText:
      return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
    case filter::ValueKind::kWholeNumber: {
      const auto number = whole_number(value, 0, kMaxPixels);
      return number ? std::optional(std::to_string(*number)) : std::nullopt;
    }
    case filter::ValueKind::kYesNo:
      return value.is_boolean() ? std::optional<std::string>(value.get<bool>() ? "yes" : "no") : std::nullopt;
  }
  return std::nullopt;
}

std::optional<Refusal> read_condition(const filter::Condition& condition, const Json& value, filter::Filter& filter) {
  if (condition.repeatable && (!value.is_array() || value.empty() || value.size() > filter::kMaxValues)) {
    return unprocessable(fmt::format("filter: {}: expected a list of 1 to {} texts, got {}", condition.name,
                                     filter::kMaxValues, excerpt(value)));
  }
  for (const Json& one : condition.repeatable ? value : Json::array({value})) {
    const auto text = condition_text(condition.kind, one);
    if (!text) {
      constexpr std::string_view kKinds[] = {"a text", "a whole number", "true or false"};
      return unprocessable(fmt::format("filter: {}: expected {}, got {}", condition.name,
                                       kKinds[static_cast<std::size_t>(condition.kind)], excerpt(one)));
    }
    if (const auto added = filter::add_condition(filter, condition.name, *text); !added) {
      return unprocessable(fmt::format("filter: {}", added.error().message()));
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> read_filter(const Json& json, filter::Filter& filter) {
  if (!json.is_object()) return unprocessable(fmt::format("filter: expected an object, got {}", excerpt(json)));
  for (const auto& [name, value] : json.items()) {
    const auto condition = std::ranges::find(filter::conditions(), name, &filter::Condition::name);
    if (condition == filter::conditions().end()) {
      return unprocessable(fmt::format("filter: {}: no such condition", excerpt(Json(name))));
    }
    if (auto refusal = read_condition(*condition, value, filter)) return refusal;
  }
  return std::nullopt;
}

}  // namespace glimpse::server
