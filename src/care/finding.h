#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace glimpse::care {

enum class Severity {
  kNote,     ///< Worth knowing.
  kWarning,  ///< Something does not work, or soon will not; no data is damaged.
  kDamage,   ///< A file contradicts its format or its checksum.
};

std::string_view name_of(Severity severity);

/// One thing that an examination found.
struct Finding {
  Severity severity = Severity::kNote;
  std::string area;  ///< "library", "cache", "model", "disk", "files", "folder", "writer", "sqlite"
  std::filesystem::path file;
  std::string what;   ///< "a damaged row"
  std::string why;    ///< "its checksum disagrees"
  std::string to_do;  ///< For the person. Empty: nothing.
  bool repaired = false;
};

using Findings = std::vector<Finding>;

}  // namespace glimpse::care
