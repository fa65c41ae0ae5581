#pragma once

#include <memory>
#include <string>

#include "models/memory_model.h"
#include "text/detokenizer.h"

namespace glimpse::models {

/// The program whose captions a model is known by. Given the same scores they write different captions: see
/// encode/generate.h.
enum class CaptionRules { kOpenClip, kTransformers };

/// The side of a model that writes captions: the decoder looks at a picture, and says which token may follow those that
/// are there. Immutable and thread-safe.
class CaptionModel : public MemoryModel {
 public:
  /// Ids that frame a caption, and how many ids there are.
  struct Tokens {
    text::TokenId start = 0, end = 0, pad = 0;
    int vocabulary_size = 0;
    int context_length = 0;  ///< The most tokens of a caption, start and end included.
  };
  virtual Tokens caption_tokens() const = 0;
  virtual CaptionRules caption_rules() const = 0;

  /// memory [1, memory_tokens, memory_width], ids [rows, tokens] → scores of the token that follows each row: [rows,
  /// vocabulary_size].
  virtual Result<nn::Value> next_forward(nn::Graph& graph, nn::Value memory, nn::Value ids) const = 0;

  /// How many keys and values, each memory_width wide, the decoder keeps of a token that it has read; 0: none, and
  /// next_forward() reads every token again for each next one.
  virtual int kept_of_token() const { return 0; }
  /// The same as next_forward(), but reads the last token alone: past [tokens - 1, rows, kept_of_token, memory_width]
  /// is what was kept of those before it → [rows, vocabulary_size + kept_of_token · memory_width], behind the scores
  /// what is to be kept of the last token. Errors: unsupported, when nothing is kept.
  virtual Result<nn::Value> step_forward(nn::Graph& graph, nn::Value memory, nn::Value past, nn::Value ids) const;

  /// Reads the tokenizer's files.
  virtual Result<std::unique_ptr<text::Detokenizer>> detokenizer() const = 0;
};

}  // namespace glimpse::models
