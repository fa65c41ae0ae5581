// Each token is written in the printable stand-ins for bytes; "</w>" ends a word. Source: open_clip, tokenizer.py
// (SimpleTokenizer.decode).
#include <array>
#include <unordered_map>
#include <vector>

#include "base/utf8.h"
#include "text/byte_pair_encoder.h"
#include "text/clip_bpe.h"
#include "text/detokenizer.h"

namespace glimpse::text {
namespace {

constexpr std::string_view kEndOfWord = "</w>";

std::unordered_map<std::string, char> bytes_by_symbol() {
  std::unordered_map<std::string, char> bytes;
  for (int byte = 0; byte < 256; ++byte) {
    bytes.emplace(byte_symbol(static_cast<std::uint8_t>(byte)), static_cast<char>(byte));
  }
  return bytes;
}

// A token's bytes; the mark of a word's end becomes a space.
std::string bytes_of(std::string_view token, const std::unordered_map<std::string, char>& by_symbol) {
  std::string out;
  const bool ends_word = token.ends_with(kEndOfWord);
  if (ends_word) token.remove_suffix(kEndOfWord.size());
  for (std::size_t at = 0; at < token.size();) {
    const std::size_t length = static_cast<unsigned char>(token[at]) < 0x80 ? 1 : 2;  // no stand-in is longer
    if (const auto found = by_symbol.find(std::string(token.substr(at, length))); found != by_symbol.end()) {
      out.push_back(found->second);
    }
    at += length;
  }
  if (ends_word) out.push_back(' ');
  return out;
}

class ClipDetokenizer final : public Detokenizer {
 public:
  ClipDetokenizer(const Vocabulary& vocabulary, Frame frame)
      : tokens_(static_cast<std::size_t>(vocabulary.size())), frame_(frame) {
    const auto by_symbol = bytes_by_symbol();
    vocabulary.for_each([&](std::string_view token, TokenId id) {
      tokens_[static_cast<std::size_t>(id)] = bytes_of(token, by_symbol);
    });
  }

  std::string decode(std::span<const TokenId> ids) const override {
    std::string words;
    for (const TokenId id : ids) {
      if (id == frame_.last) break;
      if (id == frame_.first || id < 0 || static_cast<std::size_t>(id) >= tokens_.size()) continue;
      words += tokens_[static_cast<std::size_t>(id)];
    }
    const auto first = words.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return {};
    return valid_utf8(words.substr(first, words.find_last_not_of(" \t\r\n") + 1 - first));
  }

 private:
  std::vector<std::string> tokens_;
  Frame frame_;
};

}  // namespace

Result<std::unique_ptr<Detokenizer>> load_clip_detokenizer(const std::filesystem::path& path) {
  Vocabulary vocabulary;
  GLIMPSE_ASSIGN_OR_RETURN(const ClipSpec spec, std::filesystem::is_directory(path)
                                                    ? read_clip_directory(path, &vocabulary)
                                                    : read_clip_merges_file(path, &vocabulary));
  return std::make_unique<ClipDetokenizer>(vocabulary, spec.frame);
}

}  // namespace glimpse::text
