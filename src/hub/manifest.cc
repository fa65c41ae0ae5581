#include "hub/manifest.h"

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "hub/digest.h"

namespace glimpse::hub {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr int kFormat = 1;
constexpr std::uint64_t kMaxBytes = 1'000'000;

}  // namespace

Result<void> write_manifest(const Manifest& manifest, const fs::path& directory) {
  ordered_json files = ordered_json::array();
  for (const auto& file : manifest.files) {
    files.push_back({{"name", file.name}, {"size", file.size_bytes}, {"sha256", file.sha256}});
  }
  const ordered_json json = {{"format", kFormat},
                             {"repository", manifest.repository},
                             {"commit", manifest.commit},
                             {"files", std::move(files)}};
  return write_file_atomically(directory / kManifestFile, json.dump(2) + "\n");
}

Result<Manifest> read_manifest(const fs::path& directory) {
  const fs::path path = directory / kManifestFile;
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(path, kMaxBytes));
  try {
    const auto json = ordered_json::parse(text);
    if (json.at("format").get<int>() != kFormat) {
      return Error::unsupported("{}: format {}, expected {}", display(path), json.at("format").get<int>(), kFormat);
    }
    Manifest manifest{.repository = json.at("repository"), .commit = json.at("commit"), .files = {}};
    for (const auto& file : json.at("files")) {
      manifest.files.push_back({file.at("name"), file.at("size"), file.at("sha256")});
    }
    return manifest;
  } catch (const nlohmann::json::exception& error) {
    return Error::corruption("{}: {}", display(path), error.what());
  }
}

Result<void> verify(const Manifest& manifest, const fs::path& directory) {
  std::string problems;
  for (const auto& file : manifest.files) {
    std::error_code error;
    if (!fs::exists(directory / file.name, error)) {
      problems += fmt::format("\n  {}: missing", file.name);
      continue;
    }
    GLIMPSE_ASSIGN_OR_RETURN(const std::string found, sha256_of(directory / file.name));
    if (found != file.sha256)
      problems += fmt::format("\n  {}: expected SHA-256 {}, got {}", file.name, file.sha256, found);
  }
  if (problems.empty()) return {};
  return Error::corruption("{}: files are not what was downloaded; 'glimpse model remove' and 'add' it again:{}",
                           display(directory), problems);
}

}  // namespace glimpse::hub
