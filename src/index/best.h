#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "index/vector_index.h"

namespace glimpse::index {

/// Whether `a` comes before `b` among results.
inline bool better(const Neighbor& a, const Neighbor& b) {
  return a.score > b.score || (a.score == b.score && a.id < b.id);
}

/// The best `capacity` of what was offered; the worst of them on top of a heap.
class Best {
 public:
  explicit Best(std::size_t capacity) : capacity_(capacity) { heap_.reserve(capacity); }

  void offer(ImageId id, float score) {
    const Neighbor candidate{id, score};
    if (heap_.size() < capacity_) {
      heap_.push_back(candidate);
    } else {
      if (heap_.empty() || !better(candidate, heap_.front())) return;
      std::pop_heap(heap_.begin(), heap_.end(), better);
      heap_.back() = candidate;
    }
    std::push_heap(heap_.begin(), heap_.end(), better);
  }

  /// Scores below this need not be offered.
  float threshold() const {
    return heap_.size() < capacity_ ? -std::numeric_limits<float>::infinity() : heap_.front().score;
  }

  const std::vector<Neighbor>& unsorted() const { return heap_; }

  std::vector<Neighbor> take_sorted() {
    std::sort(heap_.begin(), heap_.end(), better);
    return std::move(heap_);
  }

 private:
  std::size_t capacity_;
  std::vector<Neighbor> heap_;
};

}  // namespace glimpse::index
