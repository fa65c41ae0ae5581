#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "text/tokenizer.h"

namespace glimpse::text {

/// Cuts `ids` so that `last`, if any, still fits behind them, and fills up to `context_length` with `pad`.
inline void pad_to_context(std::vector<TokenId>& ids, std::optional<TokenId> last, TokenId pad, int context_length) {
  const auto length = static_cast<std::size_t>(context_length);
  ids.resize(std::min(ids.size(), length - (last ? 1 : 0)));
  if (last) ids.push_back(*last);
  ids.resize(length, pad);
}

}  // namespace glimpse::text
