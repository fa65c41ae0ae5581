// Reading a backup as something that anybody may have touched.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <system_error>

#include "base/file.h"
#include "care/backup.h"
#include "hub/digest.h"

namespace glimpse::care {
namespace {

namespace fs = std::filesystem;
using library::Library;

constexpr std::array kFiles = {kDatabaseFile, kManifestFile, kSumsFile};
constexpr std::uint64_t kMaxSums = 4096;
constexpr std::uint64_t kMaxManifest = 1 << 20;

/// Exactly our three files, none of them a link or anything but a file.
Result<void> check_names(const fs::path& backup) {
  std::error_code error;
  if (!fs::is_directory(backup, error)) {
    return Error::not_found("{}: expected the directory of a backup, as 'glimpse backup' writes it", display(backup));
  }
  std::size_t known = 0;
  auto entries = fs::directory_iterator(backup, error);
  for (; !error && entries != fs::end(entries); entries.increment(error)) {
    const auto name = entries->path().filename();
    if (std::ranges::find(kFiles, name.native()) == kFiles.end()) {
      return Error::corruption("{}: belongs to no backup: this is not as 'glimpse backup' wrote it",
                               display(entries->path()));
    }
    if (entries->symlink_status(error).type() != fs::file_type::regular) {
      return Error::corruption("{}: expected a plain file, no link or other thing", display(entries->path()));
    }
    ++known;
  }
  if (error) return Error::io("{}: cannot be listed: {}", display(backup), error.message());
  if (known == kFiles.size()) return {};
  return Error::corruption("{}: expected {}, {} and {}, found {} of them: the backup is not whole", display(backup),
                           kDatabaseFile, kManifestFile, kSumsFile, known);
}

Result<void> check_sums(const fs::path& backup) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string sums, read_text_file(backup / kSumsFile, kMaxSums));
  std::string expected;
  for (const char* name : {kDatabaseFile, kManifestFile}) {
    GLIMPSE_ASSIGN_OR_RETURN(const std::string found, hub::sha256_of(backup / name));
    const std::string line = fmt::format("{}  {}\n", found, name);
    if (sums.find(line) == std::string::npos) {
      return Error::corruption("{}: its SHA-256 is {}, not what {} says: the backup is damaged, use another one",
                               display(backup / name), found, kSumsFile);
    }
    expected += line;
  }
  if (sums == expected) return {};
  return Error::corruption("{}: expected two lines, as 'glimpse backup' writes them", display(backup / kSumsFile));
}

/// One that was left with a write-ahead log could not be read without writing beside it.
Result<void> check_no_log(const fs::path& database) {
  GLIMPSE_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::open(database));
  constexpr std::size_t kWriteVersion = 18, kReadVersion = 19;
  const auto bytes = file.bytes();
  if (bytes.size() > 100 && bytes[kWriteVersion] == std::byte{1} && bytes[kReadVersion] == std::byte{1}) return {};
  return Error::corruption("{}: no database as 'glimpse backup' writes it", display(database));
}

}  // namespace

Result<Manifest> verify_backup(const fs::path& backup) {
  GLIMPSE_RETURN_IF_ERROR(check_names(backup));
  GLIMPSE_RETURN_IF_ERROR(check_sums(backup));
  const fs::path manifest_file = backup / kManifestFile, database = backup / kDatabaseFile;
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(manifest_file, kMaxManifest));
  GLIMPSE_ASSIGN_OR_RETURN(auto manifest, parse_manifest(text, manifest_file));
  GLIMPSE_RETURN_IF_ERROR(check_no_log(database));
  GLIMPSE_ASSIGN_OR_RETURN(const auto library, Library::open(backup, {.access = library::Access::kReadOnly}));
  GLIMPSE_ASSIGN_OR_RETURN(const auto report, library->check(Library::CheckDepth::kFull));
  if (!report.ok()) {
    return Error::corruption("{}: {}", display(database),
                             report.problems.empty() ? "a vector is damaged" : report.problems.front());
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto counted, describe(*library));
  const std::string differs = differences(manifest, counted);
  if (!differs.empty()) return Error::corruption("{}: {}", display(backup), differs);
  return manifest;
}

}  // namespace glimpse::care
