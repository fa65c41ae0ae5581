#pragma once

#include <string>
#include <string_view>

namespace glimpse {

/// The text with each byte that is not part of well-formed UTF-8 replaced by U+FFFD (Unicode 15, section 3.9, table
/// 3-7: no overlong forms, surrogates or values above U+10FFFF; one replacement for each maximal ill-formed subpart).
std::string valid_utf8(std::string_view text);

/// Whether the text is well-formed UTF-8.
bool is_valid_utf8(std::string_view text);

}  // namespace glimpse
