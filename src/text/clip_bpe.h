#pragma once

#include <string_view>
#include <vector>

#include "text/added_tokens.h"
#include "text/byte_pair_encoder.h"
#include "text/tokenizer.h"
#include "text/tokenizer_json.h"

namespace glimpse::text {

/// Whose rules a CLIP text is cleaned and split by.
enum class ClipRules { kTransformers, kOpenClip };

/// All that a CLIP tokenizer is made of.
struct ClipSpec {
  ClipRules rules = ClipRules::kTransformers;
  BytePairEncoder encoder;
  std::vector<AddedToken> added;  ///< kTransformers only: cut out before (or, if normalized, behind) the cleaning.
  Frame frame{};                  ///< Start and end of text.
  /// kTransformers only: whether the pattern begins with the two special tokens, as newer releases write it. A text
  /// that only becomes one in lower case ("<|EndOfText|>") is then a piece of its own.
  bool pattern_has_specials = false;
  TokenId pad = 0;
  int vocabulary_size = 0;
  int context_length = 77;
};

/// Errors: none; the spec has been checked.
std::unique_ptr<Tokenizer> make_clip_tokenizer(ClipSpec spec);

/// The two sources of load_clip_bpe, without pad and context checks. `vocabulary`, unless null, gets the tokens.
/// Errors: as load_clip_bpe.
Result<ClipSpec> read_clip_directory(const std::filesystem::path& directory, Vocabulary* vocabulary = nullptr);
Result<ClipSpec> read_clip_merges_file(const std::filesystem::path& path, Vocabulary* vocabulary = nullptr);

}  // namespace glimpse::text
