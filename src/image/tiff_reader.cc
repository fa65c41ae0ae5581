#include "image/tiff_reader.h"

#include <algorithm>

namespace glimpse::image {
namespace {

constexpr std::uint16_t kAscii = 2, kShort = 3, kLong = 4, kRational = 5, kUtf8 = 129;
constexpr std::uint32_t kEntryBytes = 12, kInlineBytes = 4;

/// A camera writes some dozens; the count is 16 bits in the file.
constexpr std::uint32_t kMaxEntries = 4096;

/// Bytes of one value; 0 for a type that is none.
std::uint32_t size_of(std::uint16_t type) {
  switch (type) {
    case 1:    // BYTE
    case 2:    // ASCII
    case 6:    // SBYTE
    case 7:    // UNDEFINED
    case 129:  // UTF-8
      return 1;
    case 3:  // SHORT
    case 8:  // SSHORT
      return 2;
    case 4:   // LONG
    case 9:   // SLONG
    case 11:  // FLOAT
      return 4;
    case 5:   // RATIONAL
    case 10:  // SRATIONAL
    case 12:  // DOUBLE
      return 8;
    default:
      return 0;
  }
}

}  // namespace

std::optional<TiffReader> TiffReader::open(std::span<const std::byte> block) {
  if (block.size() < 8 || block[0] != block[1]) return std::nullopt;
  if (block[0] != std::byte{'I'} && block[0] != std::byte{'M'}) return std::nullopt;
  TiffReader reader(block, block[0] == std::byte{'M'});
  constexpr std::uint32_t kMagic = 42;
  if (reader.read(2, 2) != kMagic) return std::nullopt;
  reader.first_ = reader.read(4, 4).value_or(0);
  return reader;
}

std::optional<std::uint32_t> TiffReader::read(std::uint64_t at, int size) const {
  if (at > block_.size() || block_.size() - at < static_cast<std::size_t>(size)) return std::nullopt;
  std::uint32_t value = 0;
  for (int i = 0; i < size; ++i) {
    const int from = big_endian_ ? i : size - 1 - i;
    value = value << 8 | static_cast<std::uint32_t>(block_[at + static_cast<std::uint64_t>(from)]);
  }
  return value;
}

std::optional<TiffField> TiffReader::field_at(std::uint64_t entry) const {
  const auto type = read(entry + 2, 2), count = read(entry + 4, 4);
  if (!type || !count) return std::nullopt;
  const std::uint64_t bytes = std::uint64_t{*count} * size_of(static_cast<std::uint16_t>(*type));
  if (bytes == 0) return std::nullopt;
  std::uint64_t at = entry + 8;
  if (bytes > kInlineBytes) {
    const auto offset = read(at, 4);
    if (!offset) return std::nullopt;
    at = *offset;
  }
  if (at > block_.size() || block_.size() - at < bytes) return std::nullopt;
  return TiffField{static_cast<std::uint16_t>(*type), *count,
                   block_.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(bytes))};
}

std::optional<TiffField> TiffReader::field(std::uint32_t directory, std::uint16_t tag) const {
  const auto count = read(directory, 2);
  if (!count || directory == 0) return std::nullopt;
  for (std::uint32_t i = 0; i < std::min(*count, kMaxEntries); ++i) {
    const std::uint64_t entry = std::uint64_t{directory} + 2 + std::uint64_t{i} * kEntryBytes;
    const auto found = read(entry, 2);
    if (!found) return std::nullopt;
    if (*found == tag) return field_at(entry);
  }
  return std::nullopt;
}

std::optional<std::uint32_t> TiffReader::number(std::uint32_t directory, std::uint16_t tag) const {
  const auto found = field(directory, tag);
  if (!found) return std::nullopt;
  const auto at = static_cast<std::uint64_t>(found->bytes.data() - block_.data());
  if (found->type == kShort) return read(at, 2);
  if (found->type == kLong) return read(at, 4);
  return std::nullopt;
}

std::optional<std::uint32_t> TiffReader::directory(std::uint32_t at, std::uint16_t tag) const {
  const auto found = field(at, tag);
  return found && found->type == kLong ? number(at, tag) : std::nullopt;
}

std::optional<std::string> TiffReader::text(std::uint32_t directory, std::uint16_t tag) const {
  const auto found = field(directory, tag);
  if (!found || (found->type != kAscii && found->type != kUtf8)) return std::nullopt;
  constexpr std::size_t kMaxText = 256;
  const auto bytes = found->bytes.first(std::min(found->bytes.size(), kMaxText));
  const auto end = std::ranges::find(bytes, std::byte{0});
  return std::string(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(end - bytes.begin()));
}

std::optional<double> TiffReader::rational(const TiffField& field, std::uint32_t index) const {
  if (field.type != kRational || index >= field.count) return std::nullopt;
  const auto at = static_cast<std::uint64_t>(field.bytes.data() - block_.data()) + 8 * std::uint64_t{index};
  const auto numerator = read(at, 4), denominator = read(at + 4, 4);
  if (!numerator || !denominator || *denominator == 0) return std::nullopt;
  return double{static_cast<double>(*numerator)} / static_cast<double>(*denominator);
}

}  // namespace glimpse::image
