#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/tokenizer.h"

namespace glimpse::text {

/// The tokens of a model by their text. Ids are dense: 0 … size() - 1, each taken once.
class Vocabulary {
 public:
  /// Room for this many tokens, so that adding them copies nothing twice.
  void reserve(std::size_t tokens, std::size_t bytes);
  /// Errors: corruption when the text is there already; resource_exhausted beyond 4 GB of text.
  Result<void> add(std::string_view token, TokenId id);
  /// Checks that the ids are dense. Errors: corruption.
  Result<void> check() const;

  std::optional<TokenId> find(std::string_view token) const;
  /// As find. Errors: corruption naming the token.
  Result<TokenId> require(std::string_view token) const;
  /// Calls `visit(token, id)` for every token, in no order.
  void for_each(const std::function<void(std::string_view, TokenId)>& visit) const {
    for (const Slot& slot : slots_) {
      if (slot.begin != kFree) visit(text_of(slot), slot.id);
    }
  }
  /// The ids of many tokens, -1 for what is not there. As find, but several times faster in a large vocabulary: the
  /// waits for memory overlap. `ids` is as long as `tokens`.
  void find_all(std::span<const std::string_view> tokens, std::span<TokenId> ids) const;
  int size() const { return static_cast<int>(size_); }
  /// The longest token, in bytes.
  std::size_t longest_bytes() const { return longest_bytes_; }

 private:
  static constexpr std::uint32_t kFree = std::numeric_limits<std::uint32_t>::max();
  struct Slot {
    std::uint32_t begin = kFree, size = 0;  // in text_
    std::uint32_t hash = 0;
    TokenId id = 0;
  };
  std::string_view text_of(const Slot& slot) const { return std::string_view(text_).substr(slot.begin, slot.size); }
  // The slot of the token, or the free slot where it belongs.
  std::size_t slot_of(std::string_view token, std::uint32_t hash) const;
  void rehash(std::size_t slots);

  std::string text_;         // all tokens, one behind the other
  std::vector<Slot> slots_;  // open addressing, at most half full
  std::size_t size_ = 0, longest_bytes_ = 0;
};

}  // namespace glimpse::text
