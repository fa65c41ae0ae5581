#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/result.h"
#include "library/ids.h"
#include "library/library_state.h"
#include "library/sqlite.h"

namespace glimpse::library {

/// Checks stored vectors, one after the other.
class VectorReader {
 public:
  VectorReader(GenerationId generation, int dimension)
      : generation_(generation), halves_(static_cast<std::size_t>(dimension)) {}

  /// The halves of the row, valid until the next call; empty when the row is damaged.
  std::span<const std::uint16_t> read(ImageId picture, std::span<const std::byte> blob, std::int64_t checksum) {
    if (blob.size() != halves_.size() * sizeof(std::uint16_t)) return {};
    if (vector_checksum(picture, generation_, blob) != checksum) return {};
    std::memcpy(halves_.data(), blob.data(), blob.size());
    return halves_;
  }

 private:
  const GenerationId generation_;
  std::vector<std::uint16_t> halves_;
};

/// Errors: not_found; corruption when it is none that a model has.
Result<int> dimension_of(Connection& connection, GenerationId id);

}  // namespace glimpse::library
