#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace glimpse::text {

/// One field of a protocol buffer message.
struct WireField {
  std::uint32_t number = 0;
  std::uint8_t wire_type = 0;  ///< 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes.
  std::uint64_t varint = 0;
  std::string_view bytes;  ///< Of all wire types but 0.
};

/// Walks over the fields of a serialized message. Source: the protocol buffers' encoding.
class WireReader {
 public:
  explicit WireReader(std::string_view message) : message_(message) {}
  /// The next field, or nothing at the end. Errors: corruption with the byte, counted from the message's beginning.
  Result<std::optional<WireField>> next();

 private:
  Result<std::uint64_t> varint();
  Result<std::string_view> take(std::uint64_t size);
  std::string_view message_;
  std::size_t at_ = 0;
};

}  // namespace glimpse::text
