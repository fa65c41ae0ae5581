#pragma once

#include "base/result.h"
#include "models/text_input.h"
#include "text/tokenizer.h"

namespace glimpse::models {

/// A model that is taught to write captions while it is taught to tell pairs apart: its towers up to what the embedding
/// and the decoder are both made of, so that neither tower is run twice. Immutable and thread-safe. Errors of all:
/// as DualEncoder::image_forward.
class CaptionTeaching {
 public:
  virtual ~CaptionTeaching() = default;

  /// pixels [rows, 3, size, size] → all that is seen of each picture: [rows, seen, width].
  virtual Result<nn::Value> seen_forward(nn::Graph& graph, nn::Value pixels) const = 0;
  /// What DualEncoder::image_forward makes of the pixels.
  virtual Result<nn::Value> picture_embedding(nn::Graph& graph, nn::Value seen) const = 0;

  /// ids [rows, tokens] → all that is read of each sentence, [rows, read, width], a token before the one behind it.
  virtual Result<nn::Value> read_forward(nn::Graph& graph, const TextInput& input) const = 0;
  /// What DualEncoder::text_forward makes of the ids.
  virtual Result<nn::Value> words_embedding(nn::Graph& graph, nn::Value read) const = 0;

  /// seen and read of the same rows → scores of the token that follows each token but the last: [rows, tokens - 1,
  /// vocabulary_size]. There are at least two tokens.
  virtual Result<nn::Value> following_forward(nn::Graph& graph, nn::Value seen, nn::Value read) const = 0;
  /// The id of padding, which nobody is taught to write.
  virtual text::TokenId padding() const = 0;
};

}  // namespace glimpse::models
