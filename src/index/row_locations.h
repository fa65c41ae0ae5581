#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "index/ids.h"

namespace glimpse::index {

/// At which position each id's row lies. A value: copies are cheap and share what they have in common; one object may
/// be read by any number of threads. 4 bytes an id where ids are close together.
class RowLocations {
 public:
  static constexpr std::uint32_t kNowhere = 0xFFFF'FFFF;

  struct Change {
    ImageId id;
    std::uint32_t position = kNowhere;  ///< kNowhere: forget the id.
  };

  std::optional<std::uint32_t> find(ImageId id) const;

  /// Applies the changes, the later of two with the same id last. Copies each chunk of 4,096 ids that it touches.
  void apply(std::vector<Change> changes);

 private:
  static constexpr std::int64_t kChunkIds = 4096;
  using Chunk = std::array<std::uint32_t, kChunkIds>;
  struct Entry {
    std::int64_t number = 0;  // ids from number * kChunkIds
    std::shared_ptr<const Chunk> chunk;
  };
  std::vector<Entry>::const_iterator lower_bound(std::int64_t number) const;
  void apply_to_chunk(std::int64_t number, std::span<const Change> changes);

  std::vector<Entry> entries_;  // ascending by number
};

}  // namespace glimpse::index
