#pragma once

#include <array>
#include <span>
#include <string_view>

#include "text/unicode_tables.h"

namespace glimpse::text {

/// A named character reference: "amp;" or, for the old ones, also "amp". The second code point is 0 where there is one.
struct HtmlEntity {
  std::string_view name;
  std::array<char32_t, 2> value;
};

extern const std::span<const HtmlEntity> kHtmlEntities;           ///< Sorted by name.
extern const std::span<const CodePointPair> kReplacedReferences;  ///< Numeric references that mean another character.
extern const std::span<const char32_t> kDroppedReferences;        ///< Numeric references that mean nothing.

}  // namespace glimpse::text
