#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "index/ids.h"
#include "index/row_locations.h"

namespace glimpse::index {

/// What one row takes: its values, and apart from them a little that belongs to it (the scale of quantized values).
struct RowLayout {
  std::size_t value_bytes = 0;
  std::size_t side_bytes = 0;
};

/// Where one row is to be written.
struct RowPlace {
  std::byte* values;
  std::byte* side;
};

/// Memory for one block of rows. Large ones ask for huge pages: a scan then needs fewer address translations.
class BlockMemory {
 public:
  explicit BlockMemory(std::size_t size_bytes);
  std::byte* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(std::byte* memory) const;
  };
  std::unique_ptr<std::byte, Free> data_;
};

/// The rows of one moment. A value: copies are cheap and share the blocks. A row is written once, into a part of the
/// last block that no earlier copy counts, and never changed after; a removal puts id 0 into a copy of its block's id
/// list. So a copy that was published may be read by any number of threads while one goes on with another copy. (Rows
/// must be added to the latest copy only.)
class Rows {
 public:
  static constexpr std::size_t kBlockRows = 4096;

  explicit Rows(RowLayout layout) : layout_(layout) {}

  std::size_t live() const { return live_; }  ///< Rows that are not removed.
  /// Positions run from 0 to just below this.
  std::size_t total() const {
    return blocks_.empty() ? 0 : (blocks_.size() - 1) * kBlockRows + blocks_.back().ids->size();
  }
  std::optional<std::uint32_t> find(ImageId id) const { return locations_.find(id); }

  const RowLayout& layout() const { return layout_; }
  std::size_t blocks() const { return blocks_.size(); }
  /// Ids of a block's rows; id 0: removed.
  const std::vector<ImageId>& ids(std::size_t block) const { return *blocks_[block].ids; }
  const std::byte* values(std::size_t block, std::size_t row) const { return place(blocks_[block], row).values; }
  const std::byte* side(std::size_t block, std::size_t row) const { return place(blocks_[block], row).side; }

  ImageId id_at(std::size_t position) const { return ids(position / kBlockRows)[position % kBlockRows]; }
  const std::byte* values_at(std::size_t position) const {
    return values(position / kBlockRows, position % kBlockRows);
  }
  const std::byte* side_at(std::size_t position) const { return side(position / kBlockRows, position % kBlockRows); }

  /// Calls write(i, place) to have row i written; of equal ids the last counts. Errors: invalid_argument for an id
  /// below 1; resource_exhausted past 2^32 - 2 positions; nothing is changed then.
  using WriteRow = std::function<void(std::size_t, RowPlace)>;
  Result<void> upsert(std::span<const ImageId> ids, const WriteRow& write);

  /// Returns how many were there.
  std::size_t erase(std::span<const ImageId> ids);

  /// Rows as another object had them, at the same positions; id 0: removed. Calls read(count, place) for each block in
  /// turn, to have its values and its sides filled. Errors: read's; corruption when an id is negative or there twice.
  using ReadBlock = std::function<Result<void>(std::size_t, RowPlace)>;
  static Result<Rows> restore(RowLayout layout, std::span<const ImageId> ids, const ReadBlock& read);

  /// The same rows in new blocks, without the removed ones.
  Rows dense() const;

 private:
  struct Block {
    std::shared_ptr<BlockMemory> memory;              // kBlockRows values, then kBlockRows sides
    std::byte* base;                                  // of memory: one step less for each row that is read
    std::shared_ptr<const std::vector<ImageId>> ids;  // id 0: removed
  };
  RowPlace place(const Block& block, std::size_t row) const {
    return {block.base + row * layout_.value_bytes,
            block.base + kBlockRows * layout_.value_bytes + row * layout_.side_bytes};
  }
  void clear_positions(std::vector<std::uint32_t> positions);
  void add_block();
  void append(std::span<const ImageId> ids, const WriteRow& write);

  RowLayout layout_;
  std::vector<Block> blocks_;
  std::size_t live_ = 0;
  RowLocations locations_;
};

}  // namespace glimpse::index
