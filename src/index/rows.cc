#include "index/rows.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <unordered_map>
#include <utility>

namespace glimpse::index {

BlockMemory::BlockMemory(std::size_t size_bytes) {
  constexpr std::size_t kHugePage = std::size_t{2} << 20;
  const bool huge = size_bytes >= kHugePage;
  void* memory = nullptr;  // not aligned_alloc: that wants whole pages, which is up to twice the size
  if (::posix_memalign(&memory, huge ? kHugePage : 64, size_bytes) != 0) throw std::bad_alloc();
  data_.reset(static_cast<std::byte*>(memory));
  if (huge) ::madvise(memory, size_bytes, MADV_HUGEPAGE);
}

void BlockMemory::Free::operator()(std::byte* memory) const { std::free(memory); }

Result<void> Rows::upsert(std::span<const ImageId> ids, const WriteRow& write) {
  if (ids.size() >= RowLocations::kNowhere - total()) {
    return Error::resource_exhausted("vector index: {} rows and {} more, the limit is {}", total(), ids.size(),
                                     RowLocations::kNowhere - 1);
  }
  std::unordered_map<ImageId, std::size_t> last;
  last.reserve(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i].value < 1) return Error::invalid_argument("vector index: expected ids above 0, got {}", ids[i].value);
    last[ids[i]] = i;
  }
  std::vector<ImageId> fresh;
  std::vector<std::size_t> sources;
  std::vector<std::uint32_t> replaced;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (last[ids[i]] != i) continue;
    fresh.push_back(ids[i]);
    sources.push_back(i);
    if (const auto position = find(ids[i])) replaced.push_back(*position);
  }
  clear_positions(std::move(replaced));
  append(fresh, [&](std::size_t i, RowPlace to) { write(sources[i], to); });
  return {};
}

std::size_t Rows::erase(std::span<const ImageId> ids) {
  std::vector<std::uint32_t> positions;
  std::vector<RowLocations::Change> changes;
  for (const ImageId id : ids) {
    if (const auto position = find(id)) {
      positions.push_back(*position);
      changes.push_back({id});
    }
  }
  locations_.apply(std::move(changes));
  const std::size_t before = live_;
  clear_positions(std::move(positions));
  return before - live_;
}

/// Puts id 0 over positions, in copies of the id lists. A position may be named twice.
void Rows::clear_positions(std::vector<std::uint32_t> positions) {
  std::sort(positions.begin(), positions.end());
  for (std::size_t i = 0; i < positions.size();) {
    Block& block = blocks_[positions[i] / kBlockRows];
    auto ids_copy = std::make_shared<std::vector<ImageId>>(*block.ids);
    for (const auto number = positions[i] / kBlockRows; i < positions.size() && positions[i] / kBlockRows == number;
         ++i) {
      ImageId& id = (*ids_copy)[positions[i] % kBlockRows];
      live_ -= id.value != 0 ? 1 : 0;
      id = {};
    }
    block.ids = std::move(ids_copy);
  }
}

void Rows::add_block() {
  auto memory = std::make_shared<BlockMemory>(kBlockRows * (layout_.value_bytes + layout_.side_bytes));
  std::byte* const base = memory->data();
  blocks_.push_back({std::move(memory), base, std::make_shared<std::vector<ImageId>>()});
}

void Rows::append(std::span<const ImageId> ids, const WriteRow& write) {
  std::vector<RowLocations::Change> changes;
  changes.reserve(ids.size());
  for (std::size_t done = 0; done < ids.size();) {
    if (blocks_.empty() || blocks_.back().ids->size() == kBlockRows) {
      add_block();
    }
    Block& block = blocks_.back();
    auto longer = std::make_shared<std::vector<ImageId>>(*block.ids);
    for (; done < ids.size() && longer->size() < kBlockRows; ++done) {
      write(done, place(block, longer->size()));
      changes.push_back({ids[done], static_cast<std::uint32_t>((blocks_.size() - 1) * kBlockRows + longer->size())});
      longer->push_back(ids[done]);
    }
    block.ids = std::move(longer);
  }
  live_ += ids.size();
  locations_.apply(std::move(changes));
}

Result<Rows> Rows::restore(RowLayout layout, std::span<const ImageId> ids, const ReadBlock& read) {
  Rows rows(layout);
  std::vector<RowLocations::Change> changes;
  changes.reserve(ids.size());
  for (std::size_t first = 0; first < ids.size(); first += kBlockRows) {
    const auto part = ids.subspan(first, std::min(kBlockRows, ids.size() - first));
    rows.add_block();
    Block& block = rows.blocks_.back();
    GLIMPSE_RETURN_IF_ERROR(read(part.size(), rows.place(block, 0)));
    block.ids = std::make_shared<std::vector<ImageId>>(part.begin(), part.end());
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (part[i].value < 0) return Error::corruption("vector index: a row has the id {}", part[i].value);
      if (part[i].value > 0) changes.push_back({part[i], static_cast<std::uint32_t>(first + i)});
    }
  }
  rows.live_ = changes.size();
  rows.locations_.apply(changes);
  for (const auto& change : changes) {
    if (rows.find(change.id) != change.position) {
      return Error::corruption("vector index: two rows have the id {}", change.id.value);
    }
  }
  return rows;
}

Rows Rows::dense() const {
  Rows rows(layout_);
  for (std::size_t block = 0; block < blocks_.size(); ++block) {
    std::vector<ImageId> kept;
    std::vector<std::size_t> sources;
    for (std::size_t row = 0; row < ids(block).size(); ++row) {
      if (ids(block)[row].value == 0) continue;
      kept.push_back(ids(block)[row]);
      sources.push_back(row);
    }
    rows.append(kept, [&](std::size_t i, RowPlace to) {
      std::memcpy(to.values, values(block, sources[i]), layout_.value_bytes);
      std::memcpy(to.side, side(block, sources[i]), layout_.side_bytes);
    });
  }
  return rows;
}

}  // namespace glimpse::index
