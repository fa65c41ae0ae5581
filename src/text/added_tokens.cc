#include "text/added_tokens.h"

#include <algorithm>

#include "text/unicode.h"

namespace glimpse::text {

void AddedTokens::add(std::u32string content, TokenId id) {
  if (content.empty()) return;
  auto& entries = by_first_[content.front()];
  const auto at = std::ranges::upper_bound(entries, content.size(), std::greater<>(),
                                           [](const Entry& entry) { return entry.content.size(); });
  entries.insert(at, Entry{std::move(content), id});
}

const AddedTokens::Entry* AddedTokens::match(std::u32string_view rest) const {
  const auto found = by_first_.find(rest.front());
  if (found == by_first_.end()) return nullptr;
  const auto entry = std::ranges::find_if(
      found->second, [rest](const Entry& candidate) { return rest.starts_with(candidate.content); });
  return entry == found->second.end() ? nullptr : &*entry;
}

void AddedTokens::split(std::u32string_view text, const std::function<void(std::u32string_view)>& on_text,
                        const std::function<void(TokenId)>& on_token) const {
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Entry* entry = empty() ? nullptr : match(text.substr(at));
    if (entry == nullptr) {
      ++at;
      continue;
    }
    if (at > begin) on_text(text.substr(begin, at - begin));
    on_token(entry->id);
    at += entry->content.size();
    begin = at;
  }
  if (begin < text.size()) on_text(text.substr(begin));
}

AddedTokenStages::AddedTokenStages(const std::vector<AddedToken>& tokens, const Normalize& normalize) {
  for (const AddedToken& token : tokens) {
    const std::u32string content = decode_utf8(token.content);
    if (token.normalized) {
      normalized_.add(normalize(content), token.id);
    } else {
      verbatim_.add(content, token.id);
    }
  }
}

void AddedTokenStages::split(std::u32string_view text, const Normalize& normalize,
                             const std::function<void(std::u32string_view)>& on_text,
                             const std::function<void(TokenId)>& on_token) const {
  const auto split_rest = [&](std::u32string_view part) { normalized_.split(normalize(part), on_text, on_token); };
  verbatim_.split(text, split_rest, on_token);
}

}  // namespace glimpse::text
