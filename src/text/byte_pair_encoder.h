#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/merge_table.h"
#include "text/tokenizer.h"
#include "text/vocabulary.h"

namespace glimpse::text {

/// The printable character that byte-level BPE writes a byte as (GPT-2's table), in UTF-8: ' ' → "Ġ", 'a' → "a".
std::string byte_symbol(std::uint8_t byte);

/// A pair of tokens that merge into one, in the order of their rank.
struct Merge {
  std::string left, right;
};

/// Byte-pair encoding of one word with an end-of-word mark ("</w>" on the last byte's symbol). Immutable.
class BytePairEncoder {
 public:
  /// `unknown`: the id of symbols that the vocabulary lacks; -1 drops them.
  /// Errors: corruption when a merge's parts or result are not in the vocabulary (with the number of the merge).
  static Result<BytePairEncoder> create(const Vocabulary& vocabulary, const std::vector<Merge>& merges,
                                        TokenId unknown);
  /// The same with merges that are found out already.
  static BytePairEncoder create(const Vocabulary& vocabulary, MergeTable merges, TokenId unknown);

  /// Appends the ids of one word (any bytes). Cost: word.size() * log(word.size()).
  void encode(std::string_view word, std::vector<TokenId>& ids) const;

 private:
  std::array<TokenId, 256> inner_{}, last_{};
  MergeTable merges_;
};

}  // namespace glimpse::text
