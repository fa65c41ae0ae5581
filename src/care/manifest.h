#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "library/library.h"

namespace glimpse::care {

/// The files of a backup. docs/formats/backup.md.
inline constexpr const char* kDatabaseFile = "library.sqlite";
inline constexpr const char* kManifestFile = "manifest.json";
inline constexpr const char* kSumsFile = "SHA256SUMS";

/// What a backup holds, for people and for the check: the database must count the same.
struct Manifest {
  struct Folder {
    std::string path;  ///< Bytes that are no UTF-8 are U+FFFD here; the database has the name itself.
    std::int64_t pictures = 0;
  };
  struct Model {
    std::string name;
    std::string fingerprint;
    std::int64_t dimension = 0;
    std::string state;  ///< "building", "active", "retired"
    std::int64_t vectors = 0;
    std::string directory;
  };
  std::string glimpse_version;
  std::string created_at;  ///< UTC, as "2026-11-26T12:00:00Z".
  std::int64_t schema = 0;
  std::int64_t pictures = 0;
  std::int64_t failures = 0;
  std::int64_t vectors = 0;  ///< Of all models.
  std::int64_t captions = 0;
  std::int64_t judgments = 0;
  std::vector<Folder> folders;
  std::vector<Model> models;
  std::uint64_t database_bytes = 0;
};

/// Counts what a library holds; version, time and size are left to the caller. Errors: the library's.
Result<Manifest> describe(const library::Library& library);

std::string to_json(const Manifest& manifest);

/// Errors: corruption (no such JSON), unsupported (a newer format).
Result<Manifest> parse_manifest(std::string_view text, const std::filesystem::path& file);

/// What differs in the counts, as "pictures: 12 in the manifest, 11 in the database"; empty: nothing.
std::string differences(const Manifest& manifest, const Manifest& counted);

}  // namespace glimpse::care
