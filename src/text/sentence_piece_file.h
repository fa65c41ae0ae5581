#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace glimpse::text {

/// How a SentencePiece model cuts (trainer_spec.model_type).
enum class SentencePieceType : std::uint8_t { kUnigram = 1, kBpe = 2, kWord = 3, kChar = 4 };

/// One piece; its id is its place.
struct SentencePiece {
  enum class Type : std::uint8_t { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6 };
  std::string_view text;  ///< In the bytes of the file.
  Type type = Type::kNormal;
  float score = 0;  ///< The logarithm of its probability; finite.
};

/// What is done to a text before it is cut.
struct SentencePieceNormalizer {
  std::string_view charsmap = {};  ///< Empty: characters stay as they are. In the bytes of the file, checked.
  bool dummy_prefix = true;        ///< A space is put in front.
  bool removes_spaces = true;      ///< At both ends, and all but one elsewhere.
  bool escapes = true;             ///< U+2581 is written for a space.
};

/// What we read ourselves of a .model file.
struct SentencePieceFile {
  SentencePieceType type = SentencePieceType::kUnigram;
  bool byte_fallback = false;  ///< A character without a piece becomes the pieces "<0xNN>" of its bytes.
  bool escapes_only = false;   ///< Whether the normalizer does nothing but write U+2581 for a space.
  bool space_behind = false;   ///< Pieces hold the space behind a word, not the one before it.
  SentencePieceNormalizer normalizer;
  std::vector<SentencePiece> pieces;
};

/// Reads and checks a serialized ModelProto: the wire format of every message in it, and the normalizer's tables, none
/// of whose steps leads outside. `bytes` outlives the result. Errors: corruption (what, at which byte);
/// resource_exhausted (more than 1,000,000 pieces).
Result<SentencePieceFile> read_sentence_piece_file(std::string_view bytes);

}  // namespace glimpse::text
