#include "text/piece_table.h"

#include <algorithm>

namespace glimpse::text {
namespace {

/// -1 where the text has ended: it sorts before all that go on.
int byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : -1;
}

}  // namespace

PieceTable::PieceTable(std::vector<Row> rows) : rows_(std::move(rows)) {
  std::ranges::sort(rows_);
  for (std::size_t byte = 0; byte < by_first_byte_.size(); ++byte) {
    std::size_t low = 0, high = rows_.size();
    narrow(low, high, 0, static_cast<unsigned char>(byte));
    by_first_byte_[byte] = {low, high};
  }
}

void PieceTable::narrow(std::size_t& low, std::size_t& high, std::size_t at, unsigned char byte) const {
  const auto begin = rows_.begin() + static_cast<std::ptrdiff_t>(low);
  const auto end = rows_.begin() + static_cast<std::ptrdiff_t>(high);
  const auto first = std::partition_point(begin, end, [&](const Row& row) { return byte_at(row.first, at) < byte; });
  const auto last = std::partition_point(first, end, [&](const Row& row) { return byte_at(row.first, at) == byte; });
  low = static_cast<std::size_t>(first - rows_.begin());
  high = static_cast<std::size_t>(last - rows_.begin());
}

std::optional<TokenId> PieceTable::find(std::string_view piece) const {
  const auto row = std::ranges::lower_bound(rows_, piece, {}, &Row::first);
  if (row == rows_.end() || row->first != piece) return std::nullopt;
  return row->second;
}

}  // namespace glimpse::text
