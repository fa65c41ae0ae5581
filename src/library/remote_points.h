#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "library/records.h"

namespace glimpse::library {

/// What a remote store has acknowledged of a picture: the shadow of one of its points.
struct RemotePoint {
  ImageId picture;
  GenerationId generation;
  std::array<std::uint8_t, 16> point{};  ///< Its UUID.
  std::int64_t sequence = 0;             ///< Of the vector it holds.
  std::uint64_t payload_sum = 0;         ///< XXH3-64 of the payload's JSON.
  bool operator==(const RemotePoint&) const = default;
};

/// A picture with a vector, all that a remote store is to know of it, and what it was told.
struct RemoteCandidate {
  Picture picture;
  std::int64_t sequence = 0;
  std::optional<std::int64_t> taken_at_ms;
  std::string camera;
  std::string lens;
  std::optional<double> latitude, longitude;
  std::optional<RemotePoint> told;
};

}  // namespace glimpse::library
