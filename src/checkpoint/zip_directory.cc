// A ZIP archive ends with a record that locates the central directory, which lists every entry. Only that directory is
// believed; a local header must agree on the name and tells where its bytes begin (torch pads local headers so that
// storages are aligned). The ranges [local header, end of bytes) may not overlap one another or the directory.
// ZIP64 fields are read where the 32-bit ones are all ones. Source: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3.
#include "checkpoint/zip_directory.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

namespace glimpse::checkpoint {
namespace {

constexpr std::uint64_t kMaxEntries = 200'000;
constexpr std::size_t kMaxNameBytes = 1024;
constexpr std::size_t kEndBytes = 22, kEnd64Bytes = 56, kLocator64Bytes = 20, kCentralBytes = 46, kLocalBytes = 30;
constexpr std::size_t kMaxCommentBytes = 65535;
constexpr std::uint32_t kEndMagic = 0x06054b50, kEnd64Magic = 0x06064b50, kLocator64Magic = 0x07064b50;
constexpr std::uint32_t kCentralMagic = 0x02014b50, kLocalMagic = 0x04034b50;

using Bytes = std::span<const std::byte>;

// The caller has checked that `at + sizeof(T)` lies within.
template <typename T>
T load(Bytes bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

bool fits(Bytes bytes, std::uint64_t at, std::uint64_t size) { return at <= bytes.size() && size <= bytes.size() - at; }

struct Directory {
  std::uint64_t begin, bytes, entries;
};

std::optional<std::size_t> find_end_record(Bytes archive) {
  if (archive.size() < kEndBytes) return std::nullopt;
  const std::size_t last = archive.size() - kEndBytes;
  const std::size_t first = last > kMaxCommentBytes ? last - kMaxCommentBytes : 0;
  for (std::size_t at = last + 1; at-- > first;) {
    if (load<std::uint32_t>(archive, at) == kEndMagic && load<std::uint16_t>(archive, at + 20) == last - at) return at;
  }
  return std::nullopt;
}

Result<Directory> locate_directory64(Bytes archive, std::size_t end) {
  const std::size_t locator = end - kLocator64Bytes;
  const auto at = load<std::uint64_t>(archive, locator + 8);
  if (!fits(archive, at, kEnd64Bytes) || at + kEnd64Bytes != locator ||
      load<std::uint32_t>(archive, at) != kEnd64Magic) {
    return Error::corruption("zip: damaged ZIP64 end record");
  }
  const Directory found{load<std::uint64_t>(archive, at + 48), load<std::uint64_t>(archive, at + 40),
                        load<std::uint64_t>(archive, at + 32)};
  if (!fits(archive, found.begin, found.bytes) || found.begin + found.bytes != at) {
    return Error::corruption("zip: the directory does not end where its end record begins");
  }
  return found;
}

Result<Directory> locate_directory(Bytes archive) {
  const auto end = find_end_record(archive);
  if (!end) return Error::corruption("zip: no end record; the file was cut");
  if (*end >= kLocator64Bytes && load<std::uint32_t>(archive, *end - kLocator64Bytes) == kLocator64Magic) {
    return locate_directory64(archive, *end);
  }
  const Directory found{load<std::uint32_t>(archive, *end + 16), load<std::uint32_t>(archive, *end + 12),
                        load<std::uint16_t>(archive, *end + 10)};
  if (!fits(archive, found.begin, found.bytes) || found.begin + found.bytes != *end) {
    return Error::corruption("zip: the directory does not end where its end record begins");
  }
  return found;
}

// One record of the central directory, numbers widened.
struct Record {
  std::string_view name;
  std::uint16_t flags, method;
  std::uint32_t crc32;
  std::uint64_t stored_bytes, bytes, local_header;
  std::size_t record_bytes;
};

// Replaces the numbers that are all ones by those of the ZIP64 extra field.
Result<void> widen(Record& record, Bytes extra) {
  std::vector<std::uint64_t*> wide;
  for (std::uint64_t* number : {&record.bytes, &record.stored_bytes, &record.local_header}) {
    if (*number == UINT32_MAX) wide.push_back(number);
  }
  if (wide.empty()) return {};
  while (extra.size() >= 4) {
    const std::size_t size = load<std::uint16_t>(extra, 2);
    if (size > extra.size() - 4) break;
    if (load<std::uint16_t>(extra, 0) == 1 && size >= 8 * wide.size()) {
      for (std::size_t i = 0; i < wide.size(); ++i) *wide[i] = load<std::uint64_t>(extra, 4 + 8 * i);
      return {};
    }
    extra = extra.subspan(4 + size);
  }
  return Error::corruption("zip: entry '{}' lacks its ZIP64 sizes", record.name);
}

Result<Record> read_record(Bytes rest) {
  if (rest.size() < kCentralBytes || load<std::uint32_t>(rest, 0) != kCentralMagic) {
    return Error::corruption("zip: damaged directory record");
  }
  const std::size_t name = load<std::uint16_t>(rest, 28), extra = load<std::uint16_t>(rest, 30);
  const std::size_t size = kCentralBytes + name + extra + load<std::uint16_t>(rest, 32);
  if (size > rest.size()) return Error::corruption("zip: directory record runs past the directory");
  if (name > kMaxNameBytes) return Error::resource_exhausted("zip: entry name of {} bytes, the limit is 1024", name);
  Record record{.name = {reinterpret_cast<const char*>(rest.data()) + kCentralBytes, name},
                .flags = load<std::uint16_t>(rest, 8),
                .method = load<std::uint16_t>(rest, 10),
                .crc32 = load<std::uint32_t>(rest, 16),
                .stored_bytes = load<std::uint32_t>(rest, 20),
                .bytes = load<std::uint32_t>(rest, 24),
                .local_header = load<std::uint32_t>(rest, 42),
                .record_bytes = size};
  GLIMPSE_RETURN_IF_ERROR(widen(record, rest.subspan(kCentralBytes + name, extra)));
  return record;
}

bool is_safe_name(std::string_view name) {
  if (name.empty() || name.front() == '/') return false;
  return name.find("..") == std::string_view::npos && name.find('\\') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

Result<void> check_record(const Record& record) {
  if (!is_safe_name(record.name)) return Error::corruption("zip: entry name '{}' is not allowed", record.name);
  if ((record.flags & 0x1U) != 0) return Error::unsupported("zip: entry '{}' is encrypted", record.name);
  if (record.method == 0 && record.stored_bytes != record.bytes) {
    return Error::corruption("zip: stored entry '{}' has two sizes, {} and {}", record.name, record.stored_bytes,
                             record.bytes);
  }
  return {};
}

// Where the entry's bytes begin in `archive`, which ends before the directory.
Result<std::uint64_t> data_begin(const Record& record, Bytes archive) {
  const std::uint64_t at = record.local_header;
  if (!fits(archive, at, kLocalBytes) || load<std::uint32_t>(archive, at) != kLocalMagic) {
    return Error::corruption("zip: entry '{}' has no local header", record.name);
  }
  const std::size_t name = load<std::uint16_t>(archive, at + 26), extra = load<std::uint16_t>(archive, at + 28);
  if (!fits(archive, at + kLocalBytes, name + extra + record.stored_bytes) || name != record.name.size() ||
      std::memcmp(archive.data() + at + kLocalBytes, record.name.data(), name) != 0) {
    return Error::corruption("zip: entry '{}' disagrees with its local header or is cut", record.name);
  }
  return at + kLocalBytes + name + extra;
}

struct Range {
  std::uint64_t begin, end;
};

Result<void> check_disjoint(std::vector<Range> ranges) {
  std::ranges::sort(ranges, {}, &Range::begin);
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].begin < ranges[i - 1].end)
      return Error::corruption("zip: entries overlap at byte {}", ranges[i].begin);
  }
  return {};
}

}  // namespace

Result<std::map<std::string_view, ZipEntry>> read_zip_directory(Bytes archive) {
  GLIMPSE_ASSIGN_OR_RETURN(const Directory directory, locate_directory(archive));
  if (directory.entries > kMaxEntries) {
    return Error::resource_exhausted("zip: {} entries, the limit is {}", directory.entries, kMaxEntries);
  }
  const Bytes contents = archive.first(directory.begin);
  Bytes rest = archive.subspan(directory.begin, directory.bytes);
  std::map<std::string_view, ZipEntry> entries;
  std::vector<Range> ranges;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    GLIMPSE_ASSIGN_OR_RETURN(const Record record, read_record(rest));
    rest = rest.subspan(record.record_bytes);
    GLIMPSE_RETURN_IF_ERROR(check_record(record));
    GLIMPSE_ASSIGN_OR_RETURN(const std::uint64_t begin, data_begin(record, contents));
    ranges.push_back({record.local_header, begin + record.stored_bytes});
    if (!entries
             .try_emplace(record.name,
                          ZipEntry{contents.subspan(begin, record.stored_bytes), record.crc32, record.method})
             .second) {
      return Error::corruption("zip: two entries are named '{}'", record.name);
    }
  }
  if (!rest.empty()) return Error::corruption("zip: {} stray bytes after the directory's last record", rest.size());
  GLIMPSE_RETURN_IF_ERROR(check_disjoint(std::move(ranges)));
  return entries;
}

Result<Bytes> verified_bytes(std::string_view name, const ZipEntry& entry) {
  if (entry.method != 0) {
    return Error::unsupported("zip: entry '{}' is compressed (method {}), expected stored as torch.save writes it",
                              name, entry.method);
  }
  const auto* data = reinterpret_cast<const Bytef*>(entry.bytes.data());
  const auto actual = static_cast<std::uint32_t>(::crc32_z(::crc32_z(0, nullptr, 0), data, entry.bytes.size()));
  if (actual != entry.crc32) {
    return Error::corruption("zip: entry '{}': CRC-32 is {:08x}, expected {:08x}: the file is damaged", name, actual,
                             entry.crc32);
  }
  return entry.bytes;
}

}  // namespace glimpse::checkpoint
