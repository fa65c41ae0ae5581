#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "text/tokenizer.h"

namespace glimpse::runtime {

/// What a decoder has kept of the rows of tokens that it has read, so that the next call reads the new tokens alone.
/// One for each caption that is being written; empty at first. Not thread-safe.
class CaptionPast {
 public:
  /// Turns to other rows, ids [rows, tokens]: each takes over what was kept of a row that it begins with, as beams do
  /// that go on, are doubled or dropped. Where one does not go on from a row that was read, all is forgotten.
  void turn_to(std::span<const text::TokenId> ids, std::size_t rows);
  /// Takes note of the next token of each row: kept [rows, width].
  void add(std::span<const text::TokenId> ids, std::span<const float> kept);

  /// Tokens of each row that were read.
  std::size_t tokens() const { return tokens_; }
  /// [tokens, rows, width].
  std::span<const float> values() const { return values_; }

 private:
  std::size_t rows_ = 0, tokens_ = 0;
  std::vector<text::TokenId> ids_;  ///< [rows, tokens]
  std::vector<float> values_;
};

}  // namespace glimpse::runtime
