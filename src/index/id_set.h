#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "index/ids.h"

namespace glimpse::index {

/// The pictures that a search is limited to. Immutable once made, so any number of threads may read it. Takes one bit a
/// number between its smallest and its largest id, or 8 bytes an id where that is less.
class IdSet {
 public:
  IdSet() = default;  ///< Empty: a search among it finds nothing.
  /// In any order; repeated ids count once, those below 1 (which no row has) not at all.
  explicit IdSet(std::span<const ImageId> ids);

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  bool contains(ImageId id) const {
    if (!sorted_.empty()) return contains_sorted(id);
    const auto bit = static_cast<std::uint64_t>(id.value) - first_;  // ids below the first wrap to huge numbers
    return bit / kWordBits < words_.size() && (words_[bit / kWordBits] >> (bit % kWordBits) & 1u) != 0;
  }

  /// Calls visit(ImageId) for each, ascending.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const ImageId id : sorted_) visit(id);
    for (std::size_t word = 0; word < words_.size(); ++word) {
      for (std::uint64_t rest = words_[word]; rest != 0; rest &= rest - 1) {
        const auto bit = word * kWordBits + static_cast<std::size_t>(std::countr_zero(rest));
        visit(ImageId{static_cast<std::int64_t>(first_ + bit)});
      }
    }
  }

  std::vector<ImageId> to_vector() const;  ///< Ascending.

 private:
  static constexpr std::size_t kWordBits = 64;
  bool contains_sorted(ImageId id) const;

  std::size_t size_ = 0;
  std::uint64_t first_ = 0;           // the id of bit 0
  std::vector<std::uint64_t> words_;  // bits, or
  std::vector<ImageId> sorted_;       // ids, where the bits would take more
};

}  // namespace glimpse::index
