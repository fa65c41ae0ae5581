#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "text/tokenizer.h"

namespace glimpse::text {

/// The tokens of a model by their text. Ids are dense: 0 … size() - 1, each taken once.
class Vocabulary {
 public:
  /// Errors: corruption when the text is there already.
  Result<void> add(std::string token, TokenId id);
  /// Checks that the ids are dense. Errors: corruption.
  Result<void> check() const;

  std::optional<TokenId> find(std::string_view token) const;
  /// As find. Errors: corruption naming the token.
  Result<TokenId> require(std::string_view token) const;
  /// Calls `visit(token, id)` for every token, in no order.
  void for_each(const std::function<void(const std::string&, TokenId)>& visit) const {
    for (const auto& [token, id] : ids_) visit(token, id);
  }
  int size() const { return static_cast<int>(ids_.size()); }
  /// The longest token, in bytes.
  std::size_t longest_bytes() const { return longest_bytes_; }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, TokenId, Hash, std::equal_to<>> ids_;
  std::size_t longest_bytes_ = 0;
};

}  // namespace glimpse::text
