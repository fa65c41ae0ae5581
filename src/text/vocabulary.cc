// A hash table with open addressing over tokens that lie one behind the other: a vocabulary of 256,000 is read for one
// query, so neither an allocation a token nor pointers between them.
#include "text/vocabulary.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>

#include "base/utf8.h"

namespace glimpse::text {
namespace {

std::uint32_t hash_of(std::string_view token) {
  return static_cast<std::uint32_t>(std::hash<std::string_view>()(token));
}

}  // namespace

std::size_t Vocabulary::slot_of(std::string_view token, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash & mask;; slot = (slot + 1) & mask) {
    if (slots_[slot] == 0) return slot;
    const Entry& entry = entries_[slots_[slot] - 1];
    if (entry.hash == hash && text_of(entry) == token) return slot;
  }
}

void Vocabulary::rehash(std::size_t slots) {
  slots_.assign(slots, 0);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    std::size_t slot = entries_[i].hash & (slots - 1);
    while (slots_[slot] != 0) slot = (slot + 1) & (slots - 1);
    slots_[slot] = static_cast<std::uint32_t>(i + 1);
  }
}

void Vocabulary::reserve(std::size_t tokens, std::size_t bytes) {
  text_.reserve(bytes);
  entries_.reserve(tokens);
  const std::size_t slots = std::bit_ceil(tokens * 2 + 1);
  if (slots > slots_.size()) rehash(slots);
}

Result<void> Vocabulary::add(std::string_view token, TokenId id) {
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (text_.size() + token.size() > kMost || entries_.size() + 1 >= kMost / 2) {
    return Error::resource_exhausted("vocabulary: over 4 GB of tokens");
  }
  if (slots_.size() < 2 * (entries_.size() + 1)) rehash(std::max<std::size_t>(16, slots_.size() * 2));
  const std::uint32_t hash = hash_of(token);
  const std::size_t slot = slot_of(token, hash);
  if (slots_[slot] != 0) return Error::corruption("vocabulary: token '{}' appears twice", valid_utf8(token));
  entries_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(token.size()), hash, id});
  text_.append(token);
  slots_[slot] = static_cast<std::uint32_t>(entries_.size());
  longest_bytes_ = std::max(longest_bytes_, token.size());
  return {};
}

Result<void> Vocabulary::check() const {
  std::vector<bool> seen(entries_.size(), false);
  for (const Entry& entry : entries_) {
    const TokenId id = entry.id;
    if (id < 0 || static_cast<std::size_t>(id) >= seen.size() || seen[static_cast<std::size_t>(id)]) {
      return Error::corruption("vocabulary: id {} of token '{}' is outside 0 to {} or taken twice", id,
                               valid_utf8(text_of(entry)), static_cast<std::int64_t>(seen.size()) - 1);
    }
    seen[static_cast<std::size_t>(id)] = true;
  }
  return {};
}

std::optional<TokenId> Vocabulary::find(std::string_view token) const {
  if (slots_.empty()) return std::nullopt;
  const std::uint32_t entry = slots_[slot_of(token, hash_of(token))];
  if (entry == 0) return std::nullopt;
  return entries_[entry - 1].id;
}

Result<TokenId> Vocabulary::require(std::string_view token) const {
  const auto id = find(token);
  if (!id) return Error::corruption("vocabulary: token '{}' is missing", valid_utf8(token));
  return *id;
}

}  // namespace glimpse::text
