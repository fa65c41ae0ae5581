#include "text/byte_pair_encoder.h"

#include <utility>

#include "text/unicode.h"

namespace glimpse::text {
namespace {

constexpr std::string_view kEndOfWord = "</w>";

}  // namespace

std::string byte_symbol(std::uint8_t byte) {
  const auto is_printable = [](int b) { return (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE; };
  std::string out;
  if (is_printable(byte)) {
    append_utf8(out, byte);
    return out;
  }
  char32_t rank = 0;
  for (int b = 0; b < byte; ++b) rank += is_printable(b) ? 0 : 1;
  append_utf8(out, 256 + rank);
  return out;
}

BytePairEncoder BytePairEncoder::create(const Vocabulary& vocabulary, MergeTable merges, TokenId unknown) {
  BytePairEncoder encoder;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const std::string symbol = byte_symbol(static_cast<std::uint8_t>(byte));
    encoder.inner_[byte] = vocabulary.find(symbol).value_or(unknown);
    encoder.last_[byte] = vocabulary.find(symbol + std::string(kEndOfWord)).value_or(unknown);
  }
  encoder.merges_ = std::move(merges);
  return encoder;
}

Result<BytePairEncoder> BytePairEncoder::create(const Vocabulary& vocabulary, const std::vector<Merge>& merges,
                                                TokenId unknown) {
  MergeTable table;
  table.reserve(merges.size());
  for (std::size_t i = 0; i < merges.size(); ++i) {
    const auto left = vocabulary.find(merges[i].left), right = vocabulary.find(merges[i].right);
    const auto product = vocabulary.find(merges[i].left + merges[i].right);
    if (!left || !right || !product) {
      return Error::corruption("merge {} ('{}' '{}'): a part or the result is not in the vocabulary", i + 1,
                               merges[i].left, merges[i].right);
    }
    table.add(*left, *right, static_cast<std::uint32_t>(i), *product);
  }
  return create(vocabulary, std::move(table), unknown);
}

void BytePairEncoder::encode(std::string_view word, std::vector<TokenId>& ids) const {
  std::vector<TokenId> symbols;
  symbols.reserve(word.size());
  for (std::size_t i = 0; i < word.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(word[i]);
    const TokenId id = i + 1 == word.size() ? last_[byte] : inner_[byte];
    if (id >= 0) symbols.push_back(id);
  }
  merges_.merge(symbols);
  ids.insert(ids.end(), symbols.begin(), symbols.end());
}

}  // namespace glimpse::text
