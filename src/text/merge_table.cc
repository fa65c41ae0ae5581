// The symbols form a linked list in an array. A heap holds the pairs that can merge, lowest rank first and leftmost
// among equals; a pair that changed since it was pushed no longer has that rank at that place and is skipped. Each
// merge removes one symbol and pushes at most two pairs, so n symbols cost n log n. Source: Sennrich et al. 2016,
// algorithm 1; the order of ties is that of the reference implementations.
#include "text/merge_table.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <queue>
#include <utility>

namespace glimpse::text {
namespace {

constexpr std::uint32_t kFree = std::numeric_limits<std::uint32_t>::max();
constexpr int kNone = -1;

std::uint64_t pair_of(TokenId left, TokenId right) {
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

struct Symbol {
  TokenId id;
  int previous, next;
  bool merged_away = false;
};

std::vector<Symbol> chain_of(const std::vector<TokenId>& ids) {
  std::vector<Symbol> symbols;
  symbols.reserve(ids.size());
  const int size = static_cast<int>(ids.size());
  for (int i = 0; i < size; ++i) {
    symbols.push_back({ids[static_cast<std::size_t>(i)], i - 1, i + 1 < size ? i + 1 : kNone});
  }
  return symbols;
}

}  // namespace

std::size_t MergeTable::home_of(std::uint64_t pair) const {
  return static_cast<std::size_t>(pair * 0x9E3779B97F4A7C15U >> 32) & (slots_.size() - 1);
}

void MergeTable::prefetch(TokenId left, TokenId right) const {
  if (!slots_.empty()) __builtin_prefetch(&slots_[home_of(pair_of(left, right))], 1);
}

std::size_t MergeTable::slot_of(std::uint64_t pair) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = home_of(pair);
  while (slots_[slot].rank != kFree && slots_[slot].pair != pair) slot = (slot + 1) & mask;
  return slot;
}

void MergeTable::rehash(std::size_t slots) {
  const std::vector<Product> old = std::exchange(slots_, std::vector<Product>(slots, Product{0, kFree, 0}));
  for (const Product& product : old) {
    if (product.rank != kFree) slots_[slot_of(product.pair)] = product;
  }
}

void MergeTable::reserve(std::size_t pairs) {
  const std::size_t slots = std::bit_ceil(pairs + pairs / 3 + 1);
  if (slots > slots_.size()) rehash(slots);
}

void MergeTable::add(TokenId left, TokenId right, std::uint32_t rank, TokenId product) {
  if (slots_.size() < used_ + used_ / 3 + 2) rehash(std::max<std::size_t>(16, slots_.size() * 2));
  const std::uint64_t pair = pair_of(left, right);
  Product& slot = slots_[slot_of(pair)];
  used_ += slot.rank == kFree ? 1 : 0;
  slot = {pair, rank, product};
}

const MergeTable::Product* MergeTable::find(TokenId left, TokenId right) const {
  const Product& product = slots_[slot_of(pair_of(left, right))];
  return product.rank == kFree ? nullptr : &product;
}

void MergeTable::merge(std::vector<TokenId>& ids) const {
  if (slots_.empty()) return;
  std::vector<Symbol> symbols = chain_of(ids);
  std::priority_queue<Candidate> queue;
  const auto at = [&](int position) -> Symbol& { return symbols[static_cast<std::size_t>(position)]; };
  const auto offer = [&](int position) {
    if (position == kNone || at(position).next == kNone) return;
    const Product* product = find(at(position).id, at(at(position).next).id);
    if (product != nullptr) queue.push({product->rank, position});
  };
  for (int i = 0; i + 1 < static_cast<int>(symbols.size()); ++i) offer(i);
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    Symbol& left = at(best.position);
    if (left.merged_away || left.next == kNone) continue;
    Symbol& right = at(left.next);
    const Product* product = find(left.id, right.id);
    if (product == nullptr || product->rank != best.rank) continue;
    left.id = product->id;
    right.merged_away = true;
    left.next = right.next;
    if (right.next != kNone) at(right.next).previous = best.position;
    offer(left.previous);
    offer(best.position);
  }
  ids.clear();
  for (const Symbol& symbol : symbols) {
    if (!symbol.merged_away) ids.push_back(symbol.id);
  }
}

}  // namespace glimpse::text
