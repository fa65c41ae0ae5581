#include "text/tokenizer.h"

namespace glimpse::text {

Result<std::unique_ptr<Tokenizer>> load_sentence_piece(const std::filesystem::path& directory, int context_length) {
  return Error::unsupported("{}: no SentencePiece tokenizer yet (context length {})", directory.string(),
                            context_length);
}

}  // namespace glimpse::text
