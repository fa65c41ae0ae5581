#pragma once

#include <array>
#include <span>

namespace glimpse::text {

struct CodePointRange {
  char32_t first, last;
};

struct CodePointPair {
  char32_t from, to;
};

// Sorted and disjoint. What each reference tokenizer takes for the property; see unicode.h.
extern const std::span<const CodePointRange> kBertControl, kBertPunctuation, kNonspacingMark, kLetter, kNumber;
// What Python's `regex` takes for \p{L} and \p{N} beyond kLetter and kNumber.
extern const std::span<const CodePointRange> kNewerLetter, kNewerNumber;
// Lower-case mappings of the reference that ICU 72 does not have yet.
extern const std::span<const CodePointPair> kNewerLowercase;

}  // namespace glimpse::text
