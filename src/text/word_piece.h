#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "text/added_tokens.h"
#include "text/tokenizer_json.h"
#include "text/vocabulary.h"

// Internal to this room.
namespace glimpse::text {

/// What the files say of a WordPiece tokenizer.
struct WordPieceSpec {
  Vocabulary vocabulary;
  std::vector<AddedToken> added;
  std::string continuing_prefix = "##";
  std::size_t max_word_length = 100;  // in code points; longer words are unknown
  bool clean_text = true, handle_chinese_chars = true, strip_accents = true, lowercase = true;
  TokenId unknown = 0, pad = 0;
  Frame frame{};
  int context_length = 0;
};

/// As load_word_piece takes them. Errors: as load_word_piece.
Result<WordPieceSpec> read_word_piece(const std::filesystem::path& directory, int context_length);

}  // namespace glimpse::text
