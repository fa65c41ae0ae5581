#include "index/row_locations.h"

#include <algorithm>

namespace glimpse::index {

std::vector<RowLocations::Entry>::const_iterator RowLocations::lower_bound(std::int64_t number) const {
  return std::lower_bound(entries_.begin(), entries_.end(), number,
                          [](const Entry& entry, std::int64_t wanted) { return entry.number < wanted; });
}

std::optional<std::uint32_t> RowLocations::find(ImageId id) const {
  if (id.value < 0) return std::nullopt;
  const auto entry = lower_bound(id.value / kChunkIds);
  if (entry == entries_.end() || entry->number != id.value / kChunkIds) return std::nullopt;
  const std::uint32_t position = (*entry->chunk)[static_cast<std::size_t>(id.value % kChunkIds)];
  return position == kNowhere ? std::nullopt : std::optional(position);
}

void RowLocations::apply(std::vector<Change> changes) {
  const auto chunk_of = [](const Change& change) { return change.id.value / kChunkIds; };
  const auto before = [&](const Change& a, const Change& b) { return chunk_of(a) < chunk_of(b); };
  if (!std::is_sorted(changes.begin(), changes.end(), before)) {
    std::stable_sort(changes.begin(), changes.end(), before);
  }
  for (auto first = changes.begin(); first != changes.end();) {
    const auto last =
        std::find_if(first, changes.end(), [&](const Change& c) { return chunk_of(c) != chunk_of(*first); });
    apply_to_chunk(chunk_of(*first), std::span(first, last));
    first = last;
  }
}

void RowLocations::apply_to_chunk(std::int64_t number, std::span<const Change> changes) {
  const auto found = lower_bound(number);
  const auto entry = entries_.begin() + (found - entries_.cbegin());
  const bool there = entry != entries_.end() && entry->number == number;
  auto chunk = std::make_shared<Chunk>();
  if (there) {
    *chunk = *entry->chunk;
  } else {
    chunk->fill(kNowhere);
  }
  for (const Change& change : changes)
    (*chunk)[static_cast<std::size_t>(change.id.value % kChunkIds)] = change.position;
  if (there) {
    entry->chunk = std::move(chunk);
  } else {
    entries_.insert(entry, {number, std::move(chunk)});
  }
}

}  // namespace glimpse::index
