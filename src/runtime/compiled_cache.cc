// A compiled model is handed to OpenVINO as it lies in the file, and OpenVINO trusts it: so nothing of it is used
// before its hash was found right. The header has a hash of its own, so that its sizes can be trusted before they are
// used.
//
//   offset  size  field
//        0     8  magic "glmpcomp"
//        8     8  format version, u64
//       16    16  hash128 of the key (low, high)
//       32     8  payload size in bytes, u64
//       40    16  hash128 of the payload (low, high)
//       56     8  number of files that make up the compiled model, u64
//       64    16  hash128 of the 64 bytes before (low, high)
//       80        zero
//     4096        payload
// All numbers are little-endian.
#include "runtime/compiled_cache.h"

#include <sys/mman.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "base/hash.h"

namespace glimpse::runtime {
namespace {

static_assert(std::endian::native == std::endian::little, "the header is copied as it lies in memory");

struct Header {
  char magic[8];
  std::uint64_t version;
  std::uint64_t key_low, key_high;
  std::uint64_t payload_bytes;
  std::uint64_t payload_low, payload_high;
  std::uint64_t parts;
  std::uint64_t self_low, self_high;
};
static_assert(sizeof(Header) == 80);
constexpr std::size_t kHashedBytes = offsetof(Header, self_low);
constexpr char kMagic[8] = {'g', 'l', 'm', 'p', 'c', 'o', 'm', 'p'};
constexpr std::uint64_t kVersion = 1;

Hash128 own_hash(const Header& header) { return hash128(std::as_bytes(std::span(&header, 1)).first(kHashedBytes)); }

/// Gone at the end, unless it has moved; also when the payload's writer throws.
struct Temporary {
  std::filesystem::path path;
  ~Temporary() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
};

struct Payload {
  std::uint64_t bytes = 0;
  Hash128 hash;
};

/// Of everything from where the stream stands to its end.
Payload payload_of(std::istream& file) {
  Payload payload;
  Hasher hasher;
  std::vector<char> buffer(1 << 20);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0) {
    const auto read = static_cast<std::size_t>(file.gcount());
    hasher.add(std::string_view(buffer.data(), read));
    payload.bytes += read;
  }
  payload.hash = hasher.finish();
  return payload;
}

Header header_of(std::string_view key, std::uint64_t parts, const Payload& payload) {
  const Hash128 key_hash = hash128(key);
  Header header{.magic = {},
                .version = kVersion,
                .key_low = key_hash.low,
                .key_high = key_hash.high,
                .payload_bytes = payload.bytes,
                .payload_low = payload.hash.low,
                .payload_high = payload.hash.high,
                .parts = parts,
                .self_low = 0,
                .self_high = 0};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  const Hash128 self = own_hash(header);
  header.self_low = self.low;
  header.self_high = self.high;
  return header;
}

/// The header of a file of this version.
Result<Header> header_in(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  if (bytes.size() < kCompiledHeaderBytes) {
    return Error::corruption("{}: expected {} bytes at least, got {}", display(path), kCompiledHeaderBytes,
                             bytes.size());
  }
  Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0 ||
      own_hash(header) != Hash128{header.self_low, header.self_high}) {
    return Error::corruption("{}: no header of a compiled model", display(path));
  }
  if (header.version != kVersion) {
    return Error::unsupported("{}: expected version {}, got {}", display(path), kVersion, header.version);
  }
  return header;
}

Result<void> check_payload(const std::filesystem::path& path, std::span<const std::byte> bytes, const Header& header) {
  const std::span<const std::byte> payload = bytes.subspan(kCompiledHeaderBytes);
  if (payload.size() != header.payload_bytes) {
    return Error::corruption("{}: expected {} bytes of payload, got {}", display(path), header.payload_bytes,
                             payload.size());
  }
  if (hash128(payload) != Hash128{header.payload_low, header.payload_high}) {
    return Error::corruption("{}: the payload's hash does not match", display(path));
  }
  return {};
}

Result<void> write_whole(const std::filesystem::path& path, std::string_view key, std::uint64_t parts,
                         const std::function<void(std::ostream&)>& write_payload) {
  using std::ios;
  std::fstream file(path, ios::binary | ios::in | ios::out | ios::trunc);
  file << std::string(kCompiledHeaderBytes, '\0');
  write_payload(file);
  file.seekg(kCompiledHeaderBytes);
  const Header header = header_of(key, parts, payload_of(file));
  file.clear(file.rdstate() & ~(ios::eofbit | ios::failbit));  // the end was reached by reading
  file.seekp(0);
  file.write(reinterpret_cast<const char*>(&header), sizeof header);
  file.close();
  if (!file) return Error::io("{}: could not be written; is the disk full?", display(path));
  return {};
}

}  // namespace

Result<CompiledFile> CompiledFile::open(const std::filesystem::path& path, std::string_view key) {
  GLIMPSE_ASSIGN_OR_RETURN(MappedFile mapped, MappedFile::open(path));
  GLIMPSE_ASSIGN_OR_RETURN(const Header header, header_in(path, mapped.bytes()));
  if (hash128(key) != Hash128{header.key_low, header.key_high}) {
    return Error::unsupported("{}: compiled from another model, or for another machine, runtime or setting",
                              display(path));
  }
  GLIMPSE_RETURN_IF_ERROR(check_payload(path, mapped.bytes(), header));
  return CompiledFile(std::move(mapped), header.parts);
}

Result<void> check_compiled_file(const std::filesystem::path& path) {
  GLIMPSE_ASSIGN_OR_RETURN(const MappedFile mapped, MappedFile::open(path));
  GLIMPSE_ASSIGN_OR_RETURN(const Header header, header_in(path, mapped.bytes()));
  return check_payload(path, mapped.bytes(), header);
}

std::span<const std::byte> CompiledFile::payload() const { return file_.bytes().subspan(kCompiledHeaderBytes); }

void CompiledFile::release_pages() const {
  const std::span<const std::byte> bytes = file_.bytes();
  ::madvise(const_cast<std::byte*>(bytes.data()), bytes.size(), MADV_DONTNEED);  // advice: a failure changes nothing
}

Result<void> write_compiled_file(const std::filesystem::path& path, std::string_view key, std::uint64_t parts,
                                 const std::function<void(std::ostream&)>& write_payload) {
  const Temporary temporary{temporary_beside(path)};
  GLIMPSE_RETURN_IF_ERROR(write_whole(temporary.path, key, parts, write_payload));
  return move_into_place(temporary.path, path);
}

}  // namespace glimpse::runtime
