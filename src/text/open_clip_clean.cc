// ftfy works line by line and repeats its fixes until the line is stable; we stop after 16 rounds, so that text escaped
// a thousand times over costs linear time. Characters that one fix maps never match a later fix in the same round in a
// way that depends on neighbours, so the character fixes are one pass.
// Source: ftfy 6.3 (fixes.py, chardata.py), open_clip tokenizer.py (basic_clean, whitespace_clean).
#include "text/open_clip_clean.h"

#include <algorithm>
#include <array>

#include "text/html_unescape.h"
#include "text/unicode.h"

namespace glimpse::text {
namespace {

constexpr int kMaxRounds = 16;
constexpr std::size_t kMaxSegment = 1'000'000;  // ftfy's max_decode_length

struct Ligature {
  char32_t from;
  std::u32string_view to;
};

constexpr std::array<Ligature, 22> kLigatures{{
    {0x132, U"IJ"},       {0x133, U"ij"},  {0x149, U"\u02BCn"}, {0x1C4, U"D\u017D"}, {0x1C5, U"D\u017E"},
    {0x1C6, U"d\u017E"},  {0x1C7, U"LJ"},  {0x1C8, U"Lj"},      {0x1C9, U"lj"},      {0x1CA, U"NJ"},
    {0x1CB, U"Nj"},       {0x1CC, U"nj"},  {0x1F1, U"DZ"},      {0x1F2, U"Dz"},      {0x1F3, U"dz"},
    {0xFB00, U"ff"},      {0xFB01, U"fi"}, {0xFB02, U"fl"},     {0xFB03, U"ffi"},    {0xFB04, U"ffl"},
    {0xFB05, U"\u017Ft"}, {0xFB06, U"st"},
}};

// Ligatures, halfwidth and fullwidth forms, curly quotes.
void append_plain(std::u32string& out, char32_t c) {
  const auto ligature = std::ranges::lower_bound(kLigatures, c, {}, &Ligature::from);
  if (ligature != kLigatures.end() && ligature->from == c) {
    for (const char32_t part : ligature->to) out.push_back(part == 0x2BC ? U'\'' : part);
  } else if (c == 0x3000) {
    out.push_back(U' ');
  } else if (c >= 0xFF01 && c < 0xFFF0) {
    out.append(nfkc_current({&c, 1}));
  } else if (c == 0x2BC || (c >= 0x2018 && c <= 0x201B)) {
    out.push_back(U'\'');
  } else if (c >= 0x201C && c <= 0x201F) {
    out.push_back(U'"');
  } else {
    out.push_back(c);
  }
}

std::u32string without_odd_characters(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i] >= 0x80 && text[i] < 0xA0 ? windows_1252(text[i]) : text[i];
    if (c == '\r' || c == 0x2028 || c == 0x2029 || c == 0x85) {
      out.push_back('\n');
      if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    } else {
      append_plain(out, c);
    }
  }
  return out;
}

// The length of an escape sequence "\x1b[31;1m" at the front, or 0. Digits are those of any script, as in Python's \d.
std::size_t escape_length(std::u32string_view text) {
  if (!text.starts_with(U"\x1b[")) return 0;
  std::size_t end = 2;
  while (end < text.size() && (text[end] == ';' || is_decimal_digit(text[end]))) ++end;
  const bool closed = end < text.size() && text[end] < 0x80 && is_letter(text[end]);
  return closed ? end + 1 : 0;
}

bool is_unwanted_control(char32_t c) {
  return c < 0x09 || c == 0x0B || (c >= 0x0E && c < 0x20) || c == 0x7F || (c >= 0x206A && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFFF9 && c <= 0xFFFC);
}

std::u32string without_controls(std::u32string_view text) {
  std::u32string unescaped;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t skipped = escape_length(text.substr(i));
    if (skipped == 0) unescaped.push_back(text[i]);
    i += std::max<std::size_t>(skipped, 1);
  }
  std::erase_if(unescaped, is_unwanted_control);
  return unescaped;
}

std::u32string fix_segment(std::u32string_view segment, bool unescape) {
  std::u32string text(segment);
  for (int round = 0; round < kMaxRounds; ++round) {
    std::u32string fixed = unescape ? html_unescape_strict(text) : text;
    fixed = nfc_current(without_controls(without_odd_characters(fixed)));
    if (fixed == text) break;
    text = std::move(fixed);
  }
  return text;
}

std::u32string fix_text(std::u32string_view text) {
  std::u32string out;
  bool unescape = true;  // until the first '<': then it is HTML, whose references mean something
  while (!text.empty()) {
    const std::size_t line_end = text.find(U'\n');
    const std::size_t length =
        std::min({line_end == std::u32string_view::npos ? text.size() : line_end + 1, kMaxSegment});
    const std::u32string_view segment = text.substr(0, length);
    unescape = unescape && segment.find(U'<') == std::u32string_view::npos;
    out.append(fix_segment(segment, unescape));
    text.remove_prefix(length);
  }
  return out;
}

std::u32string collapse_spaces(std::u32string_view text) {
  std::u32string out;
  bool pending = false;
  for (const char32_t c : text) {
    if (is_python_space(c)) {
      pending = !out.empty();
      continue;
    }
    if (pending) out.push_back(U' ');
    pending = false;
    out.push_back(c);
  }
  return out;
}

}  // namespace

std::u32string clean_like_open_clip(std::u32string_view text) {
  return lower_in_context(collapse_spaces(html_unescape(html_unescape(fix_text(text)))));
}

}  // namespace glimpse::text
