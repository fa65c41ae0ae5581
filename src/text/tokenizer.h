#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace glimpse::text {

using TokenId = std::int32_t;

/// Turns words into the token ids that a model was trained on. Immutable and thread-safe.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// The ids of `text` with the model's special tokens, cut to context_length() as the reference does; padded only
  /// when pads_to_context_length(). Bytes that are no UTF-8 are read as U+FFFD.
  virtual std::vector<TokenId> encode(std::string_view text) const = 0;

  /// The most ids that encode() returns.
  virtual int context_length() const = 0;

  /// Whether encode() always returns exactly context_length() ids, filled with pad_id() behind the text: for models
  /// that were trained without an attention mask and read the last position, as SigLIP.
  virtual bool pads_to_context_length() const { return false; }

  /// The id that fills a batch's shorter rows.
  virtual TokenId pad_id() const = 0;

  virtual int vocabulary_size() const = 0;
};

/// CLIP's byte-level BPE from a Hugging Face directory (tokenizer.json, or vocab.json + merges.txt), or from the
/// file of merges that OpenAI and open_clip ship (bpe_simple_vocab_16e6.txt.gz).
/// Errors: not_found, corruption (what is wrong, in which file), resource_exhausted (file over 32 MB).
Result<std::unique_ptr<Tokenizer>> load_clip_bpe(const std::filesystem::path& path, int context_length = 77);

/// BERT's WordPiece from a Hugging Face directory (tokenizer.json, or vocab.txt + tokenizer_config.json).
/// context_length 0 takes the directory's own maximum. Errors as above.
Result<std::unique_ptr<Tokenizer>> load_word_piece(const std::filesystem::path& directory, int context_length = 0);

/// SigLIP's and SigLIP 2's tokenizers from a Hugging Face directory: SentencePiece's unigram model (spiece.model), or
/// Gemma's byte-pair encoding (tokenizer.json, else tokenizer.model). Both pad to `context_length`, the model's
/// max_position_embeddings. Errors: not_found (none of the files), corruption, unsupported (a pipeline that is not one
/// of the two), resource_exhausted (a file over its limit), invalid_argument (context_length).
Result<std::unique_ptr<Tokenizer>> load_sentence_piece(const std::filesystem::path& directory, int context_length = 64);

}  // namespace glimpse::text
