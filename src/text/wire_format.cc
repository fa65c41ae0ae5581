#include "text/wire_format.h"

namespace glimpse::text {

Result<std::uint64_t> WireReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 70 && at_ < message_.size(); shift += 7) {
    const auto byte = static_cast<unsigned char>(message_[at_++]);
    if (shift < 64) value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80) return value;
  }
  return Error::corruption("byte {}: a number does not end", at_);
}

Result<std::string_view> WireReader::take(std::uint64_t size) {
  if (size > message_.size() - at_) {
    return Error::corruption("byte {}: {} bytes expected, {} left", at_, size, message_.size() - at_);
  }
  const auto bytes = message_.substr(at_, static_cast<std::size_t>(size));
  at_ += bytes.size();
  return bytes;
}

Result<std::optional<WireField>> WireReader::next() {
  constexpr std::uint64_t kMostFields = 1U << 29;
  if (at_ == message_.size()) return std::optional<WireField>();
  WireField field;
  GLIMPSE_ASSIGN_OR_RETURN(const std::uint64_t tag, varint());
  field.wire_type = static_cast<std::uint8_t>(tag & 7);
  if (tag >> 3 == 0 || tag >> 3 >= kMostFields) return Error::corruption("byte {}: field {}", at_, tag >> 3);
  field.number = static_cast<std::uint32_t>(tag >> 3);
  if (field.wire_type == 0) {
    GLIMPSE_ASSIGN_OR_RETURN(field.varint, varint());
  } else if (field.wire_type == 1 || field.wire_type == 5) {
    GLIMPSE_ASSIGN_OR_RETURN(field.bytes, take(field.wire_type == 1 ? 8 : 4));
  } else if (field.wire_type == 2) {
    GLIMPSE_ASSIGN_OR_RETURN(const std::uint64_t size, varint());
    GLIMPSE_ASSIGN_OR_RETURN(field.bytes, take(size));
  } else {
    return Error::corruption("byte {}: wire type {}", at_, field.wire_type);
  }
  return std::optional<WireField>(field);
}

}  // namespace glimpse::text
