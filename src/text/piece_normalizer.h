#pragma once

#include <string>
#include <string_view>

#include "text/piece_table.h"
#include "text/sentence_piece_file.h"

namespace glimpse::text {

/// Does to a text what SentencePiece does before it cuts it. The file's bytes outlive it.
class PieceNormalizer {
 public:
  PieceNormalizer() = default;
  /// kept: pieces that a user defined, which stay as they are.
  PieceNormalizer(const SentencePieceNormalizer& spec, PieceTable kept);

  std::string operator()(std::string_view text) const;

 private:
  /// What the beginning of a text becomes, and how long that beginning is.
  struct Step {
    std::string_view becomes;
    std::size_t length = 0;
  };
  Step next(std::string_view text) const;
  Step mapped(std::string_view text) const;

  SentencePieceNormalizer spec_;
  PieceTable kept_;
  std::string_view units_, texts_;  ///< The charsmap's trie, four bytes a unit, and what its leaves name.
};

}  // namespace glimpse::text
