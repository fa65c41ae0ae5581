// USearch's bytes: a header of five u64 (nodes, M, M0, highest level, entry node), the level of each node (i16), then
// each node: key (u32), level (i16), and for each level from the lowest: number of links (u32), then room for M0
// (lowest) or M links (u32).
#include "index/graph_check.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace glimpse::index {
namespace {

constexpr std::size_t kHeadBytes = sizeof(std::uint32_t) + sizeof(std::int16_t);

template <typename T>
T read_at(std::span<const std::byte> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

class GraphCheck {
 public:
  GraphCheck(std::span<const std::byte> bytes, std::size_t size, std::size_t m) : bytes_(bytes), size_(size), m_(m) {}

  Result<void> run() {
    GLIMPSE_RETURN_IF_ERROR(header());
    std::size_t offset = kHeaderBytes + size_ * sizeof(std::int16_t);
    for (std::size_t node = 0; node < size_; ++node) {
      const std::size_t level = level_of(node);
      if (level > highest_) return wrong("the level of a node");
      const std::size_t length = kHeadBytes + list_bytes(0) + level * list_bytes(1);
      if (length > bytes_.size() - offset) return wrong("its length");
      GLIMPSE_RETURN_IF_ERROR(links(node, level, offset));
      offset += length;
    }
    if (offset != bytes_.size()) return wrong("its length");
    if (size_ > 0 && level_of(entry_) != highest_) return wrong("the level of its entry");
    return {};
  }

 private:
  static constexpr std::size_t kHeaderBytes = 5 * sizeof(std::uint64_t);
  static constexpr std::uint64_t kHighestLevel = 64;  // of 2^32 nodes, a level above 16 is as good as impossible

  static Error wrong(std::string_view what) { return Error::corruption("search graph: {} is wrong", what); }
  std::size_t list_bytes(std::size_t level) const {
    return sizeof(std::uint32_t) + sizeof(std::uint32_t) * (level == 0 ? 2 * m_ : m_);
  }
  std::size_t level_of(std::size_t node) const {
    const auto level = read_at<std::int16_t>(bytes_, kHeaderBytes + node * sizeof(std::int16_t));
    return level < 0 ? kHighestLevel + 1 : static_cast<std::size_t>(level);
  }

  Result<void> header() {
    if (bytes_.size() < kHeaderBytes) return wrong("its length");
    std::array<std::uint64_t, 5> fields{};
    std::memcpy(fields.data(), bytes_.data(), kHeaderBytes);
    if (fields[0] != size_ || fields[1] != m_ || fields[2] != 2 * m_) return wrong("its header");
    if (size_ == 0) return bytes_.size() == kHeaderBytes ? Result<void>() : wrong("its length");
    if (fields[3] > kHighestLevel || fields[4] >= size_) return wrong("its header");
    if ((bytes_.size() - kHeaderBytes) / sizeof(std::int16_t) < size_) return wrong("its length");
    highest_ = static_cast<std::size_t>(fields[3]);
    entry_ = static_cast<std::size_t>(fields[4]);
    return {};
  }

  /// A node's links on a level lead to nodes that have that level.
  Result<void> links(std::size_t node, std::size_t level, std::size_t offset) const {
    if (read_at<std::uint32_t>(bytes_, offset) != node) return wrong("the number of a node");
    if (read_at<std::int16_t>(bytes_, offset + sizeof(std::uint32_t)) != static_cast<std::int16_t>(level)) {
      return wrong("the level of a node");
    }
    offset += kHeadBytes;
    for (std::size_t at = 0; at <= level; offset += list_bytes(at), ++at) {
      const auto count = read_at<std::uint32_t>(bytes_, offset);
      if (count > (at == 0 ? 2 * m_ : m_)) return wrong("a number of links");
      for (std::size_t i = 1; i <= count; ++i) {
        const auto to = read_at<std::uint32_t>(bytes_, offset + i * sizeof(std::uint32_t));
        if (to >= size_ || (at > 0 && level_of(to) < at)) return wrong("a link");
      }
    }
    return {};
  }

  const std::span<const std::byte> bytes_;
  const std::size_t size_;
  const std::size_t m_;
  std::size_t highest_ = 0;
  std::size_t entry_ = 0;
};

}  // namespace

Result<void> check_graph(std::span<const std::byte> bytes, std::size_t size, const HnswParameters& parameters) {
  return GraphCheck(bytes, size, parameters.m).run();
}

}  // namespace glimpse::index
