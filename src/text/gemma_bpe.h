#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "text/added_tokens.h"
#include "text/merge_table.h"
#include "text/tokenizer.h"
#include "text/tokenizer_json.h"
#include "text/vocabulary.h"

namespace glimpse::text {

/// All that Gemma's tokenizer, as SigLIP 2 uses it, is made of.
struct GemmaSpec {
  Vocabulary vocabulary;
  MergeTable merges;
  std::vector<AddedToken> added;
  Ends ends{};  ///< SigLIP 2: nothing before the text, `<eos>` behind.
  bool lowercase = true;
  bool byte_fallback = true;  ///< A character without a token becomes the tokens "<0xNN>" of its bytes.
  bool fuse_unknown = true;   ///< Neighbouring unknown characters give one unknown token.
  TokenId unknown = 0, pad = 0;
  int context_length = 64;
};

/// Errors: none; the spec has been checked.
std::unique_ptr<Tokenizer> make_gemma_tokenizer(GemmaSpec spec);

/// From `directory`'s tokenizer.json, or from its tokenizer.model; both with tokenizer_config.json. Without the
/// context length. Errors: as load_sentence_piece.
Result<GemmaSpec> read_gemma_json(const std::filesystem::path& directory);
Result<GemmaSpec> read_gemma_model(const std::filesystem::path& directory);

}  // namespace glimpse::text
