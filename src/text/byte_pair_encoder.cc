// The word's symbols form a linked list in an array. A heap holds the pairs that can merge, lowest rank first and
// leftmost among equals; a pair that changed since it was pushed no longer has that rank at that place and is skipped.
// Each merge removes one symbol and pushes at most two pairs, so a word of n bytes costs n log n.
// Source: Sennrich et al. 2016, algorithm 1; the order of ties is that of the reference implementations.
#include "text/byte_pair_encoder.h"

#include <algorithm>
#include <queue>

#include "text/unicode.h"

namespace glimpse::text {
namespace {

constexpr std::string_view kEndOfWord = "</w>";
constexpr int kNone = -1;

std::uint64_t pair_key(TokenId left, TokenId right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
}

struct Candidate {
  std::uint32_t rank;
  int position;
  // std::priority_queue puts the greatest first.
  bool operator<(const Candidate& other) const {
    return rank != other.rank ? rank > other.rank : position > other.position;
  }
};

}  // namespace

struct BytePairEncoder::Symbol {
  TokenId id;
  int previous, next;
  bool merged_away = false;
};

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

Result<BytePairEncoder> BytePairEncoder::create(const Vocabulary& vocabulary, const std::vector<Merge>& merges,
                                                TokenId unknown) {
  BytePairEncoder encoder;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const std::string symbol = byte_symbol(static_cast<std::uint8_t>(byte));
    encoder.inner_[byte] = vocabulary.find(symbol).value_or(unknown);
    encoder.last_[byte] = vocabulary.find(symbol + std::string(kEndOfWord)).value_or(unknown);
  }
  encoder.products_.reserve(merges.size());
  for (std::size_t i = 0; i < merges.size(); ++i) {
    const auto left = vocabulary.find(merges[i].left), right = vocabulary.find(merges[i].right);
    const auto product = vocabulary.find(merges[i].left + merges[i].right);
    if (!left || !right || !product) {
      return Error::corruption("merge {} ('{}' '{}'): a part or the result is not in the vocabulary", i + 1,
                               merges[i].left, merges[i].right);
    }
    encoder.products_.insert_or_assign(pair_key(*left, *right), Product{static_cast<std::uint32_t>(i), *product});
  }
  return encoder;
}

const BytePairEncoder::Product* BytePairEncoder::product_of(TokenId left, TokenId right) const {
  const auto found = products_.find(pair_key(left, right));
  return found == products_.end() ? nullptr : &found->second;
}

void BytePairEncoder::merge_all(std::vector<Symbol>& symbols) const {
  std::priority_queue<Candidate> queue;
  const auto at = [&](int position) -> Symbol& { return symbols[static_cast<std::size_t>(position)]; };
  const auto offer = [&](int position) {
    if (position == kNone || at(position).next == kNone) return;
    const Product* product = product_of(at(position).id, at(at(position).next).id);
    if (product != nullptr) queue.push({product->rank, position});
  };
  for (int i = 0; i + 1 < static_cast<int>(symbols.size()); ++i) offer(i);
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Symbol& left = at(best.position);
    if (left.merged_away || left.next == kNone) continue;
    Symbol& right = at(left.next);
    const Product* product = product_of(left.id, right.id);
    if (product == nullptr || product->rank != best.rank) continue;
    left.id = product->id;
    right.merged_away = true;
    left.next = right.next;
    if (right.next != kNone) at(right.next).previous = best.position;
    offer(left.previous);
    offer(best.position);
  }
}

void BytePairEncoder::encode(std::string_view word, std::vector<TokenId>& ids) const {
  std::vector<Symbol> symbols;
  symbols.reserve(word.size());
  for (std::size_t i = 0; i < word.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(word[i]);
    const TokenId id = i + 1 == word.size() ? last_[byte] : inner_[byte];
    if (id < 0) continue;
    const int position = static_cast<int>(symbols.size());
    symbols.push_back({id, position - 1, position + 1});
  }
  if (symbols.empty()) return;
  symbols.back().next = kNone;
  merge_all(symbols);
  for (const Symbol& symbol : symbols) {
    if (!symbol.merged_away) ids.push_back(symbol.id);
  }
}

}  // namespace glimpse::text
