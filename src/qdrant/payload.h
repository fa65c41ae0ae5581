#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace glimpse::qdrant {

struct Place {
  double latitude = 0;  ///< Degrees, WGS 84.
  double longitude = 0;
};

/// What a point says of its picture. Points of the reference system have `image_path` alone.
struct Payload {
  std::string image_path;   ///< Relative to its root, '/' between parts. Bytes as the file system has them.
  std::string root;         ///< The root's name among those of its library.
  std::string library;      ///< Of the library that wrote the point; empty: another program wrote it.
  std::string content;      ///< Hash of the file, 32 hexadecimal digits.
  std::string model;        ///< Name of the model that made the vector.
  std::string fingerprint;  ///< Of that model.
  std::string format;       ///< As in "jpeg".
  int width = 0;            ///< Upright, in pixels.
  int height = 0;
  std::int64_t size_bytes = 0;
  std::optional<std::int64_t> modified_at_ms = std::nullopt;  ///< Written, not read back.
  std::optional<std::int64_t> taken_at_ms = std::nullopt;     ///< Written, not read back.
  std::string camera = {};
  std::string lens = {};
  std::optional<Place> location = std::nullopt;
};

/// The payload's JSON, with what filters need besides: `folders`, `date`, `pixels`, `shape`. docs/qdrant.md lists all.
/// The same payload gives the same text.
std::string to_json(const Payload& payload);

/// A payload index: a key and Qdrant's name for its type.
using IndexedKey = std::pair<std::string_view, std::string_view>;
/// Those that our filters and lookups use.
std::span<const IndexedKey> indexed_keys();

}  // namespace glimpse::qdrant
