// A hash table with open addressing over tokens that lie one behind the other: a vocabulary of 256,000 is read for one
// query, so neither an allocation a token nor pointers between them.
#include "text/vocabulary.h"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <utility>

#include "base/utf8.h"

namespace glimpse::text {
namespace {

std::uint32_t hash_of(std::string_view token) {
  return static_cast<std::uint32_t>(std::hash<std::string_view>()(token));
}

}  // namespace

std::size_t Vocabulary::slot_of(std::string_view token, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.begin == kFree || (slot.hash == hash && text_of(slot) == token)) return at;
  }
}

void Vocabulary::rehash(std::size_t slots) {
  const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots));
  for (const Slot& slot : old) {
    if (slot.begin == kFree) continue;
    std::size_t at = slot.hash & (slots - 1);
    while (slots_[at].begin != kFree) at = (at + 1) & (slots - 1);
    slots_[at] = slot;
  }
}

void Vocabulary::reserve(std::size_t tokens, std::size_t bytes) {
  text_.reserve(bytes);
  const std::size_t slots = std::bit_ceil(tokens * 2 + 1);
  if (slots > slots_.size()) rehash(slots);
}

Result<void> Vocabulary::add(std::string_view token, TokenId id) {
  if (text_.size() + token.size() >= kFree || size_ >= kFree / 2) {
    return Error::resource_exhausted("vocabulary: over 4 GB of tokens");
  }
  if (slots_.size() < 2 * (size_ + 1)) rehash(std::max<std::size_t>(16, slots_.size() * 2));
  const std::uint32_t hash = hash_of(token);
  Slot& slot = slots_[slot_of(token, hash)];
  if (slot.begin != kFree) return Error::corruption("vocabulary: token '{}' appears twice", valid_utf8(token));
  slot = {static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(token.size()), hash, id};
  text_.append(token);
  ++size_;
  longest_bytes_ = std::max(longest_bytes_, token.size());
  return {};
}

Result<void> Vocabulary::check() const {
  std::vector<bool> seen(size_, false);
  for (const Slot& slot : slots_) {
    if (slot.begin == kFree) continue;
    if (slot.id < 0 || static_cast<std::size_t>(slot.id) >= size_ || seen[static_cast<std::size_t>(slot.id)]) {
      return Error::corruption("vocabulary: id {} of token '{}' is outside 0 to {} or taken twice", slot.id,
                               valid_utf8(text_of(slot)), static_cast<std::int64_t>(size_) - 1);
    }
    seen[static_cast<std::size_t>(slot.id)] = true;
  }
  return {};
}

std::optional<TokenId> Vocabulary::find(std::string_view token) const {
  if (slots_.empty()) return std::nullopt;
  const Slot& slot = slots_[slot_of(token, hash_of(token))];
  if (slot.begin == kFree) return std::nullopt;
  return slot.id;
}

void Vocabulary::find_all(std::span<const std::string_view> tokens, std::span<TokenId> ids) const {
  constexpr std::size_t kBatch = 64;
  if (slots_.empty()) {
    std::ranges::fill(ids, -1);
    return;
  }
  const std::size_t mask = slots_.size() - 1;
  std::array<std::uint32_t, kBatch> hashes{};
  for (std::size_t begin = 0; begin < tokens.size(); begin += kBatch) {
    const auto batch = tokens.subspan(begin, std::min(kBatch, tokens.size() - begin));
    for (std::size_t i = 0; i < batch.size(); ++i) {
      hashes[i] = hash_of(batch[i]);
      __builtin_prefetch(&slots_[hashes[i] & mask]);
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const Slot& slot = slots_[hashes[i] & mask];
      if (slot.begin != kFree) __builtin_prefetch(text_.data() + slot.begin);
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const Slot& slot = slots_[slot_of(batch[i], hashes[i])];
      ids[begin + i] = slot.begin == kFree ? -1 : slot.id;
    }
  }
}

Result<TokenId> Vocabulary::require(std::string_view token) const {
  const auto id = find(token);
  if (!id) return Error::corruption("vocabulary: token '{}' is missing", valid_utf8(token));
  return *id;
}

}  // namespace glimpse::text
