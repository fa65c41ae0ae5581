#include "index/id_set.h"

#include <algorithm>
#include <limits>

namespace glimpse::index {

IdSet::IdSet(std::span<const ImageId> ids) {
  std::int64_t first = std::numeric_limits<std::int64_t>::max(), last = 0;
  std::size_t count = 0;
  for (const ImageId id : ids) {
    if (id.value < 1) continue;
    first = std::min(first, id.value);
    last = std::max(last, id.value);
    ++count;
  }
  if (count == 0) return;
  const std::uint64_t words = static_cast<std::uint64_t>(last - first) / kWordBits + 1;
  if (words <= count) {
    first_ = static_cast<std::uint64_t>(first);
    words_.resize(static_cast<std::size_t>(words));
    for (const ImageId id : ids) {
      if (id.value < 1) continue;
      const auto bit = static_cast<std::uint64_t>(id.value) - first_;
      words_[bit / kWordBits] |= std::uint64_t{1} << (bit % kWordBits);
    }
    for (const std::uint64_t word : words_) size_ += static_cast<std::size_t>(std::popcount(word));
  } else {
    std::copy_if(ids.begin(), ids.end(), std::back_inserter(sorted_), [](ImageId id) { return id.value >= 1; });
    std::sort(sorted_.begin(), sorted_.end());
    sorted_.erase(std::unique(sorted_.begin(), sorted_.end()), sorted_.end());
    size_ = sorted_.size();
  }
}

bool IdSet::contains_sorted(ImageId id) const { return std::binary_search(sorted_.begin(), sorted_.end(), id); }

std::vector<ImageId> IdSet::to_vector() const {
  std::vector<ImageId> ids;
  ids.reserve(size_);
  for_each([&](ImageId id) { ids.push_back(id); });
  return ids;
}

}  // namespace glimpse::index
