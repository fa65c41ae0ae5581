#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace glimpse::evaluate {

/// What a query speaks of: where models differ most.
enum class Attribute {
  kColour,    ///< "red", "blond", "dark"
  kCount,     ///< "two", "5", "several"; one is no count.
  kObject,    ///< "dog", "woman", "car"
  kScene,     ///< "beach", "street", "sunset"
  kRelation,  ///< "on", "under", "next to"
};
inline constexpr std::array kAttributes = {Attribute::kColour, Attribute::kCount, Attribute::kObject, Attribute::kScene,
                                           Attribute::kRelation};

/// "colour", "count", "object", "scene", "relation": as query files and reports name them.
std::string_view name_of(Attribute attribute);
std::optional<Attribute> parse_attribute(std::string_view name);

/// For each attribute that a query has, its values.
using Attributes = std::map<Attribute, std::set<std::string>>;

/// The attributes that a text in English has, by lists of words (attribute_words.cc). A word counts in any case, a noun
/// also in its plural, under the singular: "Two men on a beach" → count "two", object "man", scene "beach",
/// relation "on". What a word means is not looked into: "orange" is a colour, also of the fruit.
Attributes attributes_of(std::string_view text);

}  // namespace glimpse::evaluate
