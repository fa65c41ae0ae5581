#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace glimpse {

/// Bytes of memory that this process may use: the machine's, cut to the limits of its control groups. 0 when nothing
/// tells. `system_root` as in base/cgroup.h.
std::uint64_t available_memory(const std::filesystem::path& system_root = "/");

/// "1G", "512M", "1.5 GiB", "65536K" or a number of bytes; K, M, G and T are powers of 1024, in either case, with or
/// without "B" or "iB". Errors: invalid_argument.
Result<std::uint64_t> parse_bytes(std::string_view text);

/// As people read it: "512 MB", "1.5 GB", in powers of 1024.
std::string readable_bytes(std::uint64_t bytes);

/// Resident memory of this process, in bytes: now, and the most so far. 0 when nothing tells.
struct ProcessMemory {
  std::uint64_t resident = 0;
  std::uint64_t peak = 0;
};
ProcessMemory process_memory();
/// From now on `peak` counts anew. False where the system does not allow it: it then goes on.
bool forget_peak_memory();

/// Gives freed memory that the allocator keeps back to the system.
void return_freed_memory();

}  // namespace glimpse
