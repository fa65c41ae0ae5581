#include "text/vocabulary.h"

#include <algorithm>
#include <vector>

#include "base/utf8.h"

namespace glimpse::text {

Result<void> Vocabulary::add(std::string token, TokenId id) {
  longest_bytes_ = std::max(longest_bytes_, token.size());
  const auto [at, is_new] = ids_.try_emplace(std::move(token), id);
  if (!is_new) return Error::corruption("vocabulary: token '{}' appears twice", at->first);
  return {};
}

Result<void> Vocabulary::check() const {
  std::vector<bool> seen(ids_.size(), false);
  for (const auto& [token, id] : ids_) {
    if (id < 0 || static_cast<std::size_t>(id) >= seen.size() || seen[static_cast<std::size_t>(id)]) {
      return Error::corruption("vocabulary: id {} of token '{}' is outside 0 to {} or taken twice", id,
                               valid_utf8(token), static_cast<std::int64_t>(seen.size()) - 1);
    }
    seen[static_cast<std::size_t>(id)] = true;
  }
  return {};
}

std::optional<TokenId> Vocabulary::find(std::string_view token) const {
  const auto found = ids_.find(token);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

Result<TokenId> Vocabulary::require(std::string_view token) const {
  const auto id = find(token);
  if (!id) return Error::corruption("vocabulary: token '{}' is missing", token);
  return *id;
}

}  // namespace glimpse::text
