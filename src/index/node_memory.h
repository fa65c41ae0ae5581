#pragma once

#include <cstddef>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace glimpse::index {

/// Allocator for a graph's working memory: null, not an exception, when there is none (USearch's functions are
/// noexcept).
template <typename T>
struct WorkMemory {
  using value_type = T;
  WorkMemory() = default;
  template <typename U>
  WorkMemory(const WorkMemory<U>&) {}  // NOLINT(google-explicit-constructor): allocators convert

  T* allocate(std::size_t count) {
    constexpr std::size_t kAlignment = 128;
    if (count > (std::size_t{1} << 62) / sizeof(T)) return nullptr;
    const std::size_t rounded = (count * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
    return static_cast<T*>(std::aligned_alloc(kAlignment, rounded));
  }
  void deallocate(T* memory, std::size_t) { std::free(memory); }
  bool operator==(const WorkMemory&) const { return true; }
};

/// Allocator for a graph's nodes: packs them closely, and frees all of them at once. Copies start empty. Thread-safe.
class NodeMemory {
 public:
  using value_type = char;
  NodeMemory() = default;
  NodeMemory(const NodeMemory&) noexcept {}
  NodeMemory(NodeMemory&& other) noexcept { *this = std::move(other); }
  NodeMemory& operator=(const NodeMemory&) = delete;
  NodeMemory& operator=(NodeMemory&& other) noexcept {
    std::swap(arenas_, other.arenas_);
    std::swap(used_, other.used_);
    return *this;
  }
  ~NodeMemory() { reset(); }

  char* allocate(std::size_t size_bytes) noexcept {
    const std::lock_guard guard(mutex_);
    if (size_bytes > kArena) return nullptr;
    if (arenas_.empty() || used_ + size_bytes > kArena) {
      auto* arena = static_cast<char*>(std::aligned_alloc(kArena, kArena));
      if (arena == nullptr) return nullptr;
      arenas_.push_back(arena);
      used_ = 0;
    }
    char* const memory = arenas_.back() + used_;
    used_ += size_bytes;
    return memory;
  }
  void deallocate(char*, std::size_t) noexcept { reset(); }  // called with no node, to free all
  void reset() noexcept {
    for (char* arena : arenas_) std::free(arena);
    arenas_.clear();
    used_ = 0;
  }
  std::size_t size_bytes() const { return arenas_.size() * kArena; }

 private:
  static constexpr std::size_t kArena = std::size_t{2} << 20;  // one huge page
  std::mutex mutex_;
  std::vector<char*> arenas_;
  std::size_t used_ = 0;
};

}  // namespace glimpse::index
