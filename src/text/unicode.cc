// Properties come from generated tables, as each reference tokenizer has its own Unicode version; a binary search over
// ranges. Normalization is ICU's. The reference's normalizer knows Unicode 9: newer characters neither decompose nor
// reorder, which ICU's filtered normalizer reproduces exactly.
#include "text/unicode.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>
#include <unicode/unistr.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "base/utf8.h"
#include "text/unicode_tables.h"

namespace glimpse::text {
namespace {

// ICU counts in 32 bits; no context is so long that more text could change its ids.
constexpr std::size_t kMaxTextBytes = 64'000'000;

bool contains(std::span<const CodePointRange> ranges, char32_t c) {
  const auto after = std::ranges::upper_bound(ranges, c, {}, &CodePointRange::first);
  return after != ranges.begin() && c <= std::prev(after)->last;
}

icu::UnicodeString to_utf16(std::u32string_view text) {
  return icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(text.data()),
                                       static_cast<std::int32_t>(text.size()));
}

std::u32string to_utf32(const icu::UnicodeString& text) {
  std::u32string out;
  out.reserve(static_cast<std::size_t>(text.length()));
  const char16_t* units = text.getBuffer();
  for (std::int32_t i = 0; i < text.length();) {
    UChar32 c = 0;
    U16_NEXT(units, i, text.length(), c);
    out.push_back(static_cast<char32_t>(c));
  }
  return out;
}

bool is_ascii(std::u32string_view text) {
  return std::ranges::all_of(text, [](char32_t c) { return c < 0x80; });
}

std::u32string normalize(std::u32string_view text, const icu::Normalizer2& normalizer) {
  if (is_ascii(text)) return std::u32string(text);
  UErrorCode status = U_ZERO_ERROR;
  const icu::UnicodeString out = normalizer.normalize(to_utf16(text), status);
  GLIMPSE_ASSERT(U_SUCCESS(status) != 0);
  return to_utf32(out);
}

const icu::UnicodeSet& unicode9() {
  static const icu::UnicodeSet* const kSet = [] {
    UErrorCode status = U_ZERO_ERROR;
    auto* set = new icu::UnicodeSet(u"[:age=9.0:]", status);
    GLIMPSE_ASSERT(U_SUCCESS(status) != 0);
    set->freeze();
    return set;
  }();
  return *kSet;
}

const icu::Normalizer2& instance(const icu::Normalizer2* (*get)(UErrorCode&)) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = get(status);
  GLIMPSE_ASSERT(U_SUCCESS(status) != 0);
  return *normalizer;
}

}  // namespace

std::u32string decode_utf8(std::string_view text) {
  text = text.substr(0, kMaxTextBytes);
  const std::string repaired = is_valid_utf8(text) ? std::string() : valid_utf8(text);
  const std::string_view valid = repaired.empty() ? text : std::string_view(repaired);
  std::u32string out;
  out.reserve(valid.size());
  for (std::size_t i = 0; i < valid.size();) {
    const auto lead = static_cast<unsigned char>(valid[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k) c = c << 6 | (static_cast<unsigned char>(valid[i + k]) & 0x3FU);
    out.push_back(c);
    i += length;
  }
  return out;
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | c >> 6);
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
  }
  put(0x80 | (c & 0x3F));
}

std::string encode_utf8(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t c : text) append_utf8(out, c);
  return out;
}

std::u32string nfc(std::u32string_view text) {
  static const icu::FilteredNormalizer2 kNfc(instance(icu::Normalizer2::getNFCInstance), unicode9());
  return normalize(text, kNfc);
}

std::u32string nfd(std::u32string_view text) {
  static const icu::FilteredNormalizer2 kNfd(instance(icu::Normalizer2::getNFDInstance), unicode9());
  return normalize(text, kNfd);
}

std::u32string nfc_current(std::u32string_view text) {
  return normalize(text, instance(icu::Normalizer2::getNFCInstance));
}

std::u32string nfkc_current(std::u32string_view text) {
  return normalize(text, instance(icu::Normalizer2::getNFKCInstance));
}

void append_lower(std::u32string& out, char32_t c) {
  if (c < 0x80) {
    out.push_back(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    return;
  }
  if (c == 0x130) {  // the only character whose lower case has two
    out.append(U"i\u0307");
    return;
  }
  const auto newer = std::ranges::lower_bound(kNewerLowercase, c, {}, &CodePointPair::from);
  const bool is_newer = newer != kNewerLowercase.end() && newer->from == c;
  out.push_back(is_newer ? newer->to : static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))));
}

std::u32string lower_in_context(std::u32string_view text) {
  if (is_ascii(text)) {
    std::u32string out;
    for (const char32_t c : text) append_lower(out, c);
    return out;
  }
  return to_utf32(to_utf16(text).toLower(icu::Locale::getRoot()));
}

std::u32string upper_in_context(std::u32string_view text) {
  return to_utf32(to_utf16(text).toUpper(icu::Locale::getRoot()));
}

bool is_decimal_digit(char32_t c) { return u_charType(static_cast<UChar32>(c)) == U_DECIMAL_DIGIT_NUMBER; }

bool is_white_space(char32_t c) {
  return c < 0x80 ? c == ' ' || (c >= 9 && c <= 13) : u_isUWhiteSpace(static_cast<UChar32>(c)) != 0;
}

bool is_python_space(char32_t c) { return is_white_space(c) || (c >= 0x1C && c <= 0x1F); }

bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return contains(kLetter, c);
}

bool is_number(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return contains(kNumber, c);
}

bool is_letter_newer(char32_t c) { return is_letter(c) || contains(kNewerLetter, c); }

bool is_number_newer(char32_t c) { return is_number(c) || contains(kNewerNumber, c); }

bool is_nonspacing_mark(char32_t c) { return c >= 0x300 && contains(kNonspacingMark, c); }

bool is_bert_control(char32_t c) { return (c < 0x20 || c >= 0x7F) && contains(kBertControl, c); }

bool is_bert_punctuation(char32_t c) { return contains(kBertPunctuation, c); }

bool is_bert_cjk(char32_t c) {
  static constexpr std::array<CodePointRange, 8> kBlocks{{{0x3400, 0x4DBF},
                                                          {0x4E00, 0x9FFF},
                                                          {0xF900, 0xFAFF},
                                                          {0x20000, 0x2A6DF},
                                                          {0x2A700, 0x2B73F},
                                                          {0x2B740, 0x2B81F},
                                                          {0x2B920, 0x2CEAF},
                                                          {0x2F800, 0x2FA1F}}};
  return c >= 0x3400 && contains(kBlocks, c);
}

}  // namespace glimpse::text
