#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace glimpse::runtime {

/// A compiled model's file: docs/formats/compiled-model.md. A cache: whatever is doubtful about a file makes it
/// useless, never dangerous, and it is written anew.
class CompiledFile {
 public:
  /// Maps the file and verifies header, key and every byte of the payload.
  /// key: everything that the payload depends on. Errors: not_found; corruption; unsupported (another key or version).
  static Result<CompiledFile> open(const std::filesystem::path& path, std::string_view key);

  /// How many files make up the compiled model.
  std::uint64_t parts() const { return parts_; }

  /// The payload, aligned to a page; valid as long as this object.
  std::span<const std::byte> payload() const;

  /// Gives the pages that were read so far back to the system; they come back from the file when they are read again.
  void release_pages() const;

 private:
  CompiledFile(MappedFile file, std::uint64_t parts) : file_(std::move(file)), parts_(parts) {}
  MappedFile file_;
  std::uint64_t parts_;
};

/// Whether a file is whole, whatever it was compiled from. Reads all of it. Errors: not_found; corruption; unsupported
/// (another version).
Result<void> check_compiled_file(const std::filesystem::path& path);

/// Bytes that stand before the payload in a file.
inline constexpr std::size_t kCompiledHeaderBytes = 4096;

/// Writes a file, atomically: `write_payload` writes the payload to the stream from where it stands; it may seek. The
/// payload goes to disk as it is written, so that it never lies in memory as a whole. Errors: io.
Result<void> write_compiled_file(const std::filesystem::path& path, std::string_view key, std::uint64_t parts,
                                 const std::function<void(std::ostream&)>& write_payload);

}  // namespace glimpse::runtime
