#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/tokenizer.h"

namespace glimpse::text {

/// Tokens that are cut out of a text whole, like "[MASK]", before anything else looks at it.
class AddedTokens {
 public:
  void add(std::u32string content, TokenId id);
  bool empty() const { return by_first_.empty(); }

  /// Calls `on_text` and `on_token` in the order of the text; at each place the longest token wins.
  void split(std::u32string_view text, const std::function<void(std::u32string_view)>& on_text,
             const std::function<void(TokenId)>& on_token) const;

 private:
  struct Entry {
    std::u32string content;
    TokenId id;
  };
  const Entry* match(std::u32string_view rest) const;
  std::unordered_map<char32_t, std::vector<Entry>> by_first_;  // each list longest first
};

}  // namespace glimpse::text
