// BERT's tokenizer. A text goes through: added tokens cut out → clean, spaces around Han characters, accents off,
// lower case → words between white space, punctuation on its own → each word cut greedily into the longest pieces that
// the vocabulary has, or [UNK] as a whole. Only as many ids are made as the context holds.
// A piece is at most as long as the longest token, so the greedy search is linear in the text.
// Source: Devlin et al. 2018, appendix; Hugging Face tokenizers (BertNormalizer, BertPreTokenizer, WordPiece), whose
// ids the tests hold it to.
#include "text/word_piece.h"

#include <algorithm>

#include "text/unicode.h"

namespace glimpse::text {
namespace {

class WordPiece final : public Tokenizer {
 public:
  explicit WordPiece(WordPieceSpec spec)
      : spec_(std::move(spec)), added_(spec_.added, [this](std::u32string_view text) { return normalize(text); }) {}

  std::vector<TokenId> encode(std::string_view text) const override {
    std::vector<TokenId> ids{spec_.frame.first};
    const auto push = [&](TokenId id) {
      if (!is_full(ids)) ids.push_back(id);
    };
    added_.split(
        decode_utf8(text), [&](std::u32string_view part) { return is_full(ids) ? std::u32string() : normalize(part); },
        [&](std::u32string_view words) { encode_words(words, ids); }, push);
    ids.push_back(spec_.frame.last);
    return ids;
  }

  int context_length() const override { return spec_.context_length; }
  TokenId pad_id() const override { return spec_.pad; }
  int vocabulary_size() const override { return spec_.vocabulary.size(); }

 private:
  bool is_full(const std::vector<TokenId>& ids) const {
    return ids.size() + 1 >= static_cast<std::size_t>(spec_.context_length);
  }

  std::u32string clean(std::u32string_view text) const {
    std::u32string out;
    for (const char32_t c : text) {
      if (spec_.clean_text && is_bert_control(c)) continue;
      const bool alone = spec_.handle_chinese_chars && is_bert_cjk(c);
      if (alone) out.push_back(U' ');
      out.push_back(spec_.clean_text && is_white_space(c) ? U' ' : c);
      if (alone) out.push_back(U' ');
    }
    return out;
  }

  std::u32string normalize(std::u32string_view text) const {
    std::u32string cleaned = clean(text);
    if (spec_.strip_accents) {
      cleaned = nfd(cleaned);
      std::erase_if(cleaned, is_nonspacing_mark);
    }
    if (!spec_.lowercase) return cleaned;
    std::u32string out;
    out.reserve(cleaned.size());
    for (const char32_t c : cleaned) append_lower(out, c);
    return out;
  }

  void encode_words(std::u32string_view text, std::vector<TokenId>& ids) const {
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= text.size() && !is_full(ids); ++at) {
      const bool at_end = at == text.size();
      const bool punctuation = !at_end && is_bert_punctuation(text[at]);
      if (!at_end && !punctuation && !is_white_space(text[at])) continue;
      if (at > begin) encode_word(text.substr(begin, at - begin), ids);
      if (punctuation) encode_word(text.substr(at, 1), ids);
      begin = at + 1;
    }
  }

  void encode_word(std::u32string_view word, std::vector<TokenId>& ids) const {
    const std::size_t before = ids.size();
    if (word.size() > spec_.max_word_length || !append_pieces(encode_utf8(word), ids)) {
      ids.resize(before);
      ids.push_back(spec_.unknown);
    }
    const std::size_t most = static_cast<std::size_t>(spec_.context_length) - 1;
    if (ids.size() > most) ids.resize(most);
  }

  // False when some part of the word is in no token.
  bool append_pieces(std::string_view word, std::vector<TokenId>& ids) const {
    std::string piece;
    for (std::size_t begin = 0; begin < word.size();) {
      const std::string_view prefix = begin == 0 ? std::string_view() : std::string_view(spec_.continuing_prefix);
      std::size_t length = std::min(word.size() - begin, spec_.vocabulary.longest_bytes());
      std::optional<TokenId> id;
      for (piece.assign(prefix).append(word.substr(begin, length)); length > 0; --length, piece.pop_back()) {
        id = spec_.vocabulary.find(piece);
        if (id) break;
      }
      if (!id) return false;
      ids.push_back(*id);
      begin += length;
    }
    return true;
  }

  WordPieceSpec spec_;
  AddedTokenStages added_;
};

}  // namespace

Result<std::unique_ptr<Tokenizer>> load_word_piece(const std::filesystem::path& directory, int context_length) {
  GLIMPSE_ASSIGN_OR_RETURN(auto spec, read_word_piece(directory, context_length));
  return std::make_unique<WordPiece>(std::move(spec));
}

}  // namespace glimpse::text
