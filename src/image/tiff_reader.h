#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace glimpse::image {

/// One value of a directory: its numbers or text lie at `bytes`, all of them inside the block.
struct TiffField {
  std::uint16_t type = 0;
  std::uint32_t count = 0;
  std::span<const std::byte> bytes;
};

/// Reads fields of a TIFF block, as EXIF is one: a header and directories of tagged values. Never reads outside the
/// block, follows no chain, and gives nothing where the block contradicts itself. Source: TIFF 6.0, section 2.
class TiffReader {
 public:
  /// `block` must outlive the reader. Nothing when it does not begin as TIFF.
  static std::optional<TiffReader> open(std::span<const std::byte> block);

  std::uint32_t first_directory() const { return first_; }

  /// The directory that a field of another one points to (as the EXIF and the GPS directory).
  std::optional<std::uint32_t> directory(std::uint32_t at, std::uint16_t tag) const;
  /// Looks through the directory at this offset.
  std::optional<TiffField> field(std::uint32_t directory, std::uint16_t tag) const;

  /// A field of one SHORT or LONG (or more: the first).
  std::optional<std::uint32_t> number(std::uint32_t directory, std::uint16_t tag) const;
  /// ASCII, without what follows the first NUL; at most 256 bytes, in no particular encoding.
  std::optional<std::string> text(std::uint32_t directory, std::uint16_t tag) const;
  /// The value numbered `index` of a RATIONAL; nothing when there are fewer, or its denominator is 0.
  std::optional<double> rational(const TiffField& field, std::uint32_t index) const;

 private:
  TiffReader(std::span<const std::byte> block, bool big_endian) : block_(block), big_endian_(big_endian) {}
  std::optional<TiffField> field_at(std::uint64_t entry) const;
  std::optional<std::uint32_t> read(std::uint64_t at, int size) const;

  std::span<const std::byte> block_;
  bool big_endian_;
  std::uint32_t first_ = 0;
};

}  // namespace glimpse::image
