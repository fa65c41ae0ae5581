#pragma once

#include <span>
#include <string_view>

#include "evaluate/attributes.h"

namespace glimpse::evaluate {

/// The words that show an attribute, in lower case, sorted; of relations also several words.
std::span<const std::string_view> words_of(Attribute attribute);

/// The singular of a plural that has no rule ("men" → "man"); empty for other words.
std::string_view irregular_singular(std::string_view word);

}  // namespace glimpse::evaluate
