#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "text/tokenizer.h"

namespace glimpse::text {

/// Finds all pieces that a text begins with: sorted pieces, narrowed down byte by byte. The texts outlive the table.
class PieceTable {
 public:
  using Row = std::pair<std::string_view, TokenId>;
  PieceTable() : PieceTable(std::vector<Row>()) {}
  explicit PieceTable(std::vector<Row> rows);

  /// Calls found(length in bytes, id) for each piece at the front of `text`, shortest first. O(length of the longest
  /// piece that shares its beginning with `text` · log pieces).
  template <typename Found>
  void each_prefix(std::string_view text, const Found& found) const {
    if (text.empty()) return;
    auto [low, high] = by_first_byte_[static_cast<unsigned char>(text[0])];
    for (std::size_t length = 1; low < high; ++length) {
      if (rows_[low].first.size() == length) found(length, rows_[low].second);
      if (length == text.size()) return;
      narrow(low, high, length, static_cast<unsigned char>(text[length]));
    }
  }
  std::optional<TokenId> find(std::string_view piece) const;

 private:
  /// To the rows whose byte at `at` is `byte`; all rows in [low, high) agree before it.
  void narrow(std::size_t& low, std::size_t& high, std::size_t at, unsigned char byte) const;

  std::vector<Row> rows_;
  std::array<std::pair<std::size_t, std::size_t>, 256> by_first_byte_{};
};

}  // namespace glimpse::text
