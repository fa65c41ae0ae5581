#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "text/tokenizer.h"

namespace glimpse::text {

/// Turns token ids into words, for models that write. Immutable and thread-safe.
class Detokenizer {
 public:
  virtual ~Detokenizer() = default;

  /// The words of `ids` up to the first end of text; special tokens leave nothing, bytes that are no UTF-8 become
  /// U+FFFD, white space around it all is dropped. Ids outside the vocabulary are skipped.
  virtual std::string decode(std::span<const TokenId> ids) const = 0;
};

/// Of CLIP's byte-level BPE; `path` as load_clip_bpe takes it. Errors: as load_clip_bpe.
Result<std::unique_ptr<Detokenizer>> load_clip_detokenizer(const std::filesystem::path& path);

/// Of BERT's WordPiece; `directory` as load_word_piece takes it. Errors: as load_word_piece.
Result<std::unique_ptr<Detokenizer>> load_word_piece_detokenizer(const std::filesystem::path& directory);

}  // namespace glimpse::text
