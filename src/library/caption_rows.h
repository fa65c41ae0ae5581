#pragma once

#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "library/captions.h"
#include "library/sqlite.h"

// Writing captions: row and index of words together, inside the caller's transaction.
namespace glimpse::library {

/// WriteBatch::put_caption.
Result<void> put_caption(Connection& connection, const Hash128& content, const CaptionFacts& facts);

/// Forgets the captions of contents that a picture has left in this transaction and that no other picture has.
Result<void> forget_left_captions(Connection& connection);

/// What the index of words is asked for: "black \"dog" becomes `"black" """dog"*`, all words, the last one as a
/// beginning. Empty without a word.
std::string caption_expression(std::string_view words);

/// Errors: corruption, when the index of words is damaged or disagrees with the captions.
Result<void> check_caption_words(Connection& connection);

}  // namespace glimpse::library
