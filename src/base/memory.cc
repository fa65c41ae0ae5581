#include "base/memory.h"

#include <fmt/core.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <limits>

#include "base/cgroup.h"

namespace glimpse {
namespace {

/// The value of a line like "MemTotal:  1024 kB", in bytes; 0 when it is missing.
std::uint64_t bytes_in(const std::filesystem::path& path, std::string_view name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name)) return std::strtoull(line.c_str() + name.size(), nullptr, 10) * 1024;
  }
  return 0;
}

/// The power of 1024 that a unit stands for; -1 for what is no unit.
int power_of(std::string_view unit) {
  constexpr std::string_view kLetters = "kmgt";
  std::string lower;
  for (const char c : unit) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower.empty() || lower == "b") return 0;
  const auto letter = kLetters.find(lower[0]);
  const std::string_view rest = std::string_view(lower).substr(1);
  if (letter == kLetters.npos || (!rest.empty() && rest != "b" && rest != "ib")) return -1;
  return static_cast<int>(letter) + 1;
}

}  // namespace

std::uint64_t available_memory(const std::filesystem::path& system_root) {
  const std::uint64_t physical = bytes_in(system_root / "proc/meminfo", "MemTotal:");
  const auto limit = read_cgroup_limits(system_root).memory_bytes;
  if (!limit) return physical;
  return physical == 0 ? *limit : std::min(physical, *limit);
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  double number = 0;
  const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  unit.remove_prefix(std::min(unit.find_first_not_of(' '), unit.size()));
  const int power = power_of(unit);
  double bytes = number;
  for (int i = 0; i < power; ++i) bytes *= 1024;
  if (failure != std::errc() || power < 0 || !(bytes >= 0 && bytes < 9e18)) {
    return Error::invalid_argument("'{}' is no size: expected one like 800M or 1.5G", text);
  }
  return static_cast<std::uint64_t>(bytes);
}

std::string readable_bytes(std::uint64_t bytes) {
  constexpr std::array kUnits = {"bytes", "KB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  const bool whole = unit == 0 || value >= 10 || value == static_cast<double>(static_cast<int>(value));
  return whole ? fmt::format("{:.0f} {}", value, kUnits[unit]) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

ProcessMemory process_memory() {
  const char* const file = "/proc/self/status";
  return {.resident = bytes_in(file, "VmRSS:"), .peak = bytes_in(file, "VmHWM:")};
}

bool forget_peak_memory() {
  return_freed_memory();
  std::ofstream file("/proc/self/clear_refs");  // 5: "reset the peak resident set size", proc(5)
  return static_cast<bool>(file << "5" << std::flush);
}

void return_freed_memory() { ::malloc_trim(0); }

}  // namespace glimpse
