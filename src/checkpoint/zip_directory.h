#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>

#include "base/result.h"

namespace glimpse::checkpoint {

/// One file inside an archive: its bytes in place and the checksum that they must have.
struct ZipEntry {
  std::span<const std::byte> bytes;
  std::uint32_t crc32 = 0;
};

/// The entries of a ZIP archive by name, as views into `archive`. Only stored (uncompressed, unencrypted) entries.
/// Refused: names that repeat, are absolute or hold "..", '\\' or NUL; entries that overlap; more than 200,000 of them.
/// Errors: corruption; unsupported (a compressed or encrypted entry, named); resource_exhausted.
Result<std::map<std::string_view, ZipEntry>> read_zip_directory(std::span<const std::byte> archive);

/// The entry's bytes once their CRC-32 is verified. Errors: corruption.
Result<std::span<const std::byte>> verified_bytes(std::string_view name, const ZipEntry& entry);

}  // namespace glimpse::checkpoint
