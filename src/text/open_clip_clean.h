#pragma once

#include <string>
#include <string_view>

namespace glimpse::text {

/// The text as open_clip's tokenizer sees it: plain punctuation and widths (ftfy), HTML references decoded twice, white
/// space collapsed, lower case. Of ftfy, the repair of mis-decoded text ("cafÃ©" → "café") is left out on purpose:
/// a query that a person types is not mis-decoded, and the heuristic would be a megabyte of tables.
std::u32string clean_like_open_clip(std::u32string_view text);

}  // namespace glimpse::text
