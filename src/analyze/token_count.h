#pragma once

#include <memory>

#include "analyze/captions.h"
#include "text/tokenizer.h"

namespace glimpse::analyze {

/// Counts the tokens of a text of any length: those of its words, each by itself, and the special ones. Equal to the
/// tokenizer's own count for tokenizers that look at words one by one, as CLIP's and BERT's do; close to it otherwise.
/// Not thread-safe.
TokenCounter counter_of(std::shared_ptr<const text::Tokenizer> tokenizer);

}  // namespace glimpse::analyze
