// Pieces become words: "##" joins a piece to the one before, a space goes between all others, and then out again where
// English has none. Source: Hugging Face tokenizers (decoders::WordPiece, which mends each piece by itself), then
// transformers' clean_up_tokenization(), which version 5 no longer calls by itself.
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "text/detokenizer.h"
#include "text/word_piece.h"

namespace glimpse::text {
namespace {

using Mend = std::pair<std::string_view, std::string_view>;
constexpr std::array<Mend, 10> kMends = {{{" .", "."},
                                          {" ?", "?"},
                                          {" !", "!"},
                                          {" ,", ","},
                                          {" ' ", "'"},
                                          {" n't", "n't"},
                                          {" 'm", "'m"},
                                          {" 's", "'s"},
                                          {" 've", "'ve"},
                                          {" 're", "'re"}}};

void replace_all(std::string& text, const Mend& mend) {
  for (std::size_t at = text.find(mend.first); at != text.npos; at = text.find(mend.first, at + mend.second.size())) {
    text.replace(at, mend.first.size(), mend.second);
  }
}

class WordPieceDetokenizer final : public Detokenizer {
 public:
  explicit WordPieceDetokenizer(const WordPieceSpec& spec)
      : tokens_(static_cast<std::size_t>(spec.vocabulary.size())),
        prefix_(spec.continuing_prefix),
        end_(spec.frame.last),
        special_({spec.unknown, spec.pad, spec.frame.first, spec.frame.last}) {
    spec.vocabulary.for_each(
        [&](std::string_view token, TokenId id) { tokens_[static_cast<std::size_t>(id)] = token; });
    for (const AddedToken& token : spec.added) special_.insert(token.id);
  }

  std::string decode(std::span<const TokenId> ids) const override {
    std::string words;
    for (const TokenId id : ids) {
      if (id == end_) break;
      if (id < 0 || static_cast<std::size_t>(id) >= tokens_.size() || special_.contains(id)) continue;
      const std::string& token = tokens_[static_cast<std::size_t>(id)];
      if (words.empty()) {
        words = token;
      } else if (token.starts_with(prefix_)) {
        words += token.substr(prefix_.size());
      } else {
        words += ' ' + token;
      }
    }
    for (const Mend& mend : kMends) replace_all(words, mend);
    return words;
  }

 private:
  std::vector<std::string> tokens_;
  std::string prefix_;
  TokenId end_;
  std::set<TokenId> special_;
};

}  // namespace

Result<std::unique_ptr<Detokenizer>> load_word_piece_detokenizer(const std::filesystem::path& directory) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto spec, read_word_piece(directory, 0));
  return std::make_unique<WordPieceDetokenizer>(spec);
}

}  // namespace glimpse::text
