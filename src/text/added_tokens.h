#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/tokenizer.h"

namespace glimpse::text {

/// A token that a tokenizer's files add to the vocabulary's pieces.
struct AddedToken {
  std::string content;
  TokenId id;
  bool normalized;  ///< Looked for behind the normalizer, in its own normalized form; else before it.
};

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

/// The added tokens of a whole pipeline: cut out of the text as it is, then out of what the normalizer made of the
/// rest.
class AddedTokenStages {
 public:
  using Normalize = std::function<std::u32string(std::u32string_view)>;
  AddedTokenStages(const std::vector<AddedToken>& tokens, const Normalize& normalize);

  /// Calls `on_text` (normalized text) and `on_token` in the order of the text.
  void split(std::u32string_view text, const Normalize& normalize,
             const std::function<void(std::u32string_view)>& on_text,
             const std::function<void(TokenId)>& on_token) const;

 private:
  AddedTokens verbatim_, normalized_;
};

}  // namespace glimpse::text
