#pragma once

#include <filesystem>
#include <memory>

#include "text/tokenizer.h"

namespace glimpse::text {

/// SigLIP's tokenizer from `directory`'s spiece.model and tokenizer_config.json. Errors: as load_sentence_piece.
Result<std::unique_ptr<Tokenizer>> load_siglip_unigram(const std::filesystem::path& directory, int context_length);

}  // namespace glimpse::text
