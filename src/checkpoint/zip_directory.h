#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>

#include "base/result.h"

namespace glimpse::checkpoint {

/// One file inside an archive: its bytes in place, the checksum that they must have once they are whole, and how they
/// are compressed (0: not at all).
struct ZipEntry {
  std::span<const std::byte> bytes;
  std::uint32_t crc32 = 0;
  std::uint16_t method = 0;
};

/// The entries of a ZIP archive by name, as views into `archive`. Compressed ones are listed, but cannot be read.
/// Refused: encrypted entries; names that repeat, are absolute or hold "..", '\\' or NUL; entries that overlap; more
/// than 200,000 of them. Errors: corruption; unsupported (an encrypted entry, named); resource_exhausted.
Result<std::map<std::string_view, ZipEntry>> read_zip_directory(std::span<const std::byte> archive);

/// The entry's bytes once their CRC-32 is verified. Errors: corruption; unsupported (compressed).
Result<std::span<const std::byte>> verified_bytes(std::string_view name, const ZipEntry& entry);

}  // namespace glimpse::checkpoint
