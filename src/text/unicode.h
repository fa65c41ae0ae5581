#pragma once

#include <string>
#include <string_view>

namespace glimpse::text {

/// The code points of `text`; bytes that are no UTF-8 become U+FFFD. What is beyond 64 MB is left out.
std::u32string decode_utf8(std::string_view text);
void append_utf8(std::string& out, char32_t code_point);
std::string encode_utf8(std::u32string_view text);

/// Canonical composition and decomposition as the reference tokenizers do it: characters newer than Unicode 9 are left
/// alone. `nfc_current` is ICU's own Unicode version, for the references that are written in Python.
std::u32string nfc(std::u32string_view text);
std::u32string nfd(std::u32string_view text);
std::u32string nfc_current(std::u32string_view text);
std::u32string nfkc_current(std::u32string_view text);

/// Appends the lower case of one character, without regard to its neighbours (no final sigma).
void append_lower(std::u32string& out, char32_t code_point);
/// The lower case of a whole text with the rules that look around (final sigma), as Python's str.lower().
std::u32string lower_in_context(std::u32string_view text);
/// The upper case, as Python's str.upper().
std::u32string upper_in_context(std::u32string_view text);

/// Unicode White_Space.
bool is_white_space(char32_t code_point);
/// What Python's str.split() and str.strip() take for space: White_Space and the four separators of ASCII.
bool is_python_space(char32_t code_point);
/// General categories, in the Unicode versions that the reference tokenizers were built with (see
/// tools/goldens/text.py).
bool is_letter(char32_t code_point);
bool is_number(char32_t code_point);
/// The same in the newer version that Python's `regex` module has.
bool is_letter_newer(char32_t code_point);
bool is_number_newer(char32_t code_point);
/// A decimal digit of any script (general category Nd).
bool is_decimal_digit(char32_t code_point);
bool is_nonspacing_mark(char32_t code_point);
/// What BERT drops from a text: NUL, U+FFFD, controls, formats, private use.
bool is_bert_control(char32_t code_point);
/// What BERT splits off: ASCII punctuation and symbols, Unicode punctuation.
bool is_bert_punctuation(char32_t code_point);
/// The blocks of Han characters that BERT treats as words of their own.
bool is_bert_cjk(char32_t code_point);

}  // namespace glimpse::text
