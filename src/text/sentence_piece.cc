// Which of the two SentencePiece tokenizers a directory holds, by its files.
#include <system_error>

#include "base/file.h"
#include "text/gemma_bpe.h"
#include "text/siglip_unigram.h"
#include "text/tokenizer.h"

namespace glimpse::text {

Result<std::unique_ptr<Tokenizer>> load_sentence_piece(const std::filesystem::path& directory, int context_length) {
  if (context_length < 2 || context_length > 1'000'000) {
    return Error::invalid_argument("context length {}, expected 2 to 1000000", context_length);
  }
  const auto has = [&](const char* name) {
    std::error_code unreadable;
    return std::filesystem::exists(directory / name, unreadable);
  };
  if (has("spiece.model")) return load_siglip_unigram(directory, context_length);
  const bool has_json = has("tokenizer.json");
  if (!has_json && !has("tokenizer.model")) {
    return Error::not_found("{}: neither spiece.model nor tokenizer.json nor tokenizer.model", display(directory));
  }
  GLIMPSE_ASSIGN_OR_RETURN(GemmaSpec spec, has_json ? read_gemma_json(directory) : read_gemma_model(directory));
  spec.context_length = context_length;
  return make_gemma_tokenizer(std::move(spec));
}

}  // namespace glimpse::text
