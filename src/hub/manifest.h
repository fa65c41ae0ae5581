#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace glimpse::hub {

/// What a downloaded model's directory must hold: the file glimpse-model.json (docs/formats/model-manifest.md).
struct Manifest {
  struct File {
    std::string name;
    std::uint64_t size_bytes = 0;
    std::string sha256;
  };
  std::string repository;
  std::string commit;
  std::vector<File> files;
};

inline constexpr const char* kManifestFile = "glimpse-model.json";

/// Errors: io.
Result<void> write_manifest(const Manifest& manifest, const std::filesystem::path& directory);
/// Errors: not_found; corruption.
Result<Manifest> read_manifest(const std::filesystem::path& directory);
/// Compares every file with its entry. Errors: corruption naming each file that is missing or differs; io.
Result<void> verify(const Manifest& manifest, const std::filesystem::path& directory);

}  // namespace glimpse::hub
