// CLIP's tokenizer. A cleaned text is scanned for contractions ('s 't 're 've 'm 'll 'd), runs of letters, single
// numbers, and runs of anything else but white space; the UTF-8 bytes of each piece go through byte-pair encoding.
// The scanner is the pattern  's|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+  read from left to right, in linear
// time. transformers' pipeline applies GPT-2's pattern to each piece once more, which splits only the special tokens
// that newer releases put in front of the pattern: "<|endoftext|>" into "<|", "endoftext", "|>".
// The two references differ in cleaning, in their Unicode versions and in what they take for special tokens.
// Source: Radford et al. 2021, section 2.4; transformers CLIPTokenizer; open_clip SimpleTokenizer.
#include "text/clip_bpe.h"

#include <array>
#include <filesystem>

#include "base/file.h"
#include "text/open_clip_clean.h"
#include "text/unicode.h"

namespace glimpse::text {
namespace {

constexpr std::array<std::u32string_view, 7> kContractions{U"s", U"t", U"re", U"ve", U"m", U"ll", U"d"};
constexpr std::u32string_view kOpenClipStart = U"<start_of_text>", kOpenClipEnd = U"<end_of_text>";

constexpr std::array<std::u32string_view, 2> kTransformersSpecials{U"<|startoftext|>", U"<|endoftext|>"};

// open_clip matches without regard to case, where a long s equals an s.
bool starts_with_ignoring_case(std::u32string_view text, std::u32string_view word) {
  if (text.size() < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (text[i] != word[i] && !(text[i] == 0x17F && word[i] == U's')) return false;
  }
  return true;
}

class ClipTokenizer final : public Tokenizer {
 public:
  explicit ClipTokenizer(ClipSpec spec)
      : spec_(std::move(spec)),
        open_clip_(spec_.rules == ClipRules::kOpenClip),
        added_(spec_.added, [this](std::u32string_view text) { return normalize(text); }) {}

  std::vector<TokenId> encode(std::string_view text) const override {
    std::vector<TokenId> ids{spec_.frame.first};
    const auto push = [&](TokenId id) { ids.push_back(id); };
    const auto encode_clean = [&](std::u32string_view clean) { encode_pieces(clean, ids); };
    added_.split(decode_utf8(text), [&](std::u32string_view part) { return normalize(part); }, encode_clean, push);
    const auto most = static_cast<std::size_t>(spec_.context_length) - 1;
    if (ids.size() > most) ids.resize(most);
    ids.push_back(spec_.frame.last);
    return ids;
  }

  int context_length() const override { return spec_.context_length; }
  TokenId pad_id() const override { return spec_.pad; }
  int vocabulary_size() const override { return spec_.vocabulary_size; }

 private:
  std::u32string normalize(std::u32string_view text) const {
    if (open_clip_) return clean_like_open_clip(text);
    std::u32string out;
    out.reserve(text.size());
    for (const char32_t c : nfc(text)) append_lower(out, c);
    return out;
  }

  bool letter(char32_t c) const { return open_clip_ ? is_letter_newer(c) : is_letter(c); }
  bool number(char32_t c) const { return open_clip_ ? is_number_newer(c) : is_number(c); }
  bool other(char32_t c) const { return !separates(c) && !letter(c) && !number(c); }

  // open_clip's pattern ignores case, so U+0345, whose case folding is the letter iota, is no "other" character; nor is
  // it a letter: it belongs to no piece, like white space.
  bool separates(char32_t c) const { return is_white_space(c) || (open_clip_ && c == 0x345); }

  bool begins(std::u32string_view text, std::u32string_view word) const {
    return open_clip_ ? starts_with_ignoring_case(text, word) : text.starts_with(word);
  }

  // The length of a special token of transformers' pattern at the front of `text`, or 0.
  std::size_t special_length(std::u32string_view text) const {
    if (!spec_.pattern_has_specials) return 0;
    for (const auto special : kTransformersSpecials) {
      if (text.starts_with(special)) return special.size();
    }
    return 0;
  }

  void encode_special(std::u32string_view special, std::vector<TokenId>& ids) const {
    encode_piece(special.substr(0, 2), ids);
    encode_piece(special.substr(2, special.size() - 4), ids);
    encode_piece(special.substr(special.size() - 2), ids);
  }

  // The length of the piece at the front of `text`, which begins with no white space.
  std::size_t piece_length(std::u32string_view text) const {
    if (open_clip_ && text.front() == U'<') {
      for (const auto special : {kOpenClipStart, kOpenClipEnd}) {
        if (begins(text, special)) return special.size();
      }
    }
    if (text.front() == U'\'') {
      for (const auto contraction : kContractions) {
        if (begins(text.substr(1), contraction)) return 1 + contraction.size();
      }
    }
    if (number(text.front())) return 1;
    const bool letters = letter(text.front());
    std::size_t length = 1;
    while (length < text.size() && (letters ? letter(text[length]) : other(text[length]))) ++length;
    return length;
  }

  void encode_pieces(std::u32string_view text, std::vector<TokenId>& ids) const {
    while (!text.empty() && ids.size() < static_cast<std::size_t>(spec_.context_length)) {
      if (separates(text.front())) {
        text.remove_prefix(1);
        continue;
      }
      const std::size_t special = special_length(text);
      if (special > 0) encode_special(text.substr(0, special), ids);
      text.remove_prefix(special);
      if (special > 0) continue;
      const std::size_t length = piece_length(text);
      encode_piece(text.substr(0, length), ids);
      text.remove_prefix(length);
    }
  }

  void encode_piece(std::u32string_view piece, std::vector<TokenId>& ids) const {
    if (open_clip_ && piece == kOpenClipStart) return ids.push_back(spec_.frame.first);
    if (open_clip_ && piece == kOpenClipEnd) return ids.push_back(spec_.frame.last);
    spec_.encoder.encode(encode_utf8(piece), ids);
  }

  ClipSpec spec_;
  bool open_clip_;
  AddedTokenStages added_;
};

}  // namespace

std::unique_ptr<Tokenizer> make_clip_tokenizer(ClipSpec spec) {
  return std::make_unique<ClipTokenizer>(std::move(spec));
}

Result<std::unique_ptr<Tokenizer>> load_clip_bpe(const std::filesystem::path& path, int context_length) {
  if (context_length < 3 || context_length > 1'000'000) {
    return Error::invalid_argument("context length {}, expected 3 to 1000000", context_length);
  }
  std::error_code unreadable;
  const bool is_directory = std::filesystem::is_directory(path, unreadable);
  GLIMPSE_ASSIGN_OR_RETURN(ClipSpec spec, is_directory ? read_clip_directory(path) : read_clip_merges_file(path));
  spec.context_length = context_length;
  return make_clip_tokenizer(std::move(spec));
}

}  // namespace glimpse::text
