#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "text/tokenizer.h"

namespace glimpse::text {

/// The pairs of tokens that byte-pair encoding merges, by rank, and the merging itself. Immutable once filled.
class MergeTable {
 public:
  /// Room for this many pairs.
  void reserve(std::size_t pairs);
  /// A pair that is there already takes the new rank and product, as in the reference.
  void add(TokenId left, TokenId right, std::uint32_t rank, TokenId product);

  /// Fetches the memory where add() will put this pair; for a caller that adds many.
  void prefetch(TokenId left, TokenId right) const;

  /// Merges neighbours in place until no pair is left: always the pair of the lowest rank, the leftmost among equals.
  /// Cost: ids.size() * log(ids.size()).
  void merge(std::vector<TokenId>& ids) const;

 private:
  struct Product {
    std::uint64_t pair;
    std::uint32_t rank;  // kFree marks a free slot
    TokenId id;
  };
  std::size_t home_of(std::uint64_t pair) const;
  std::size_t slot_of(std::uint64_t pair) const;
  void rehash(std::size_t slots);
  const Product* find(TokenId left, TokenId right) const;

  std::vector<Product> slots_;  // open addressing
  std::size_t used_ = 0;
};

}  // namespace glimpse::text
