#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace glimpse::text {

/// Decodes character references ("&amp;", "&eacute", "&#233;", "&#xE9;") by HTML 5's rules for text, as Python's
/// html.unescape. One pass: "&amp;lt;" gives "&lt;".
std::u32string html_unescape(std::u32string_view text);

/// Decodes only what is unmistakable, as ftfy does: references that end in ';', and all-capital forms of lower-case
/// names ("&EACUTE;" gives "É").
std::u32string html_unescape_strict(std::u32string_view text);

/// The character that a C1 control stands for when it came from Windows-1252; itself where there is none.
char32_t windows_1252(char32_t c1_control);

}  // namespace glimpse::text
