#include "library/skip_rules.h"

#include <algorithm>
#include <array>

namespace glimpse::library {

bool skipped_name(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kDirectories = {
      "@eaDir",                     // Synology's thumbnails
      "#recycle",                   // Synology's bin
      "$RECYCLE.BIN",               // Windows' bin
      "System Volume Information",  // Windows
      "lost+found",                 // ext4
      "node_modules",
  };
  return name.starts_with('.') || std::find(kDirectories.begin(), kDirectories.end(), name) != kDirectories.end();
}

bool skipped_path(const std::filesystem::path& path) {
  return std::any_of(path.begin(), path.end(), [](const auto& part) { return skipped_name(part.native()); });
}

}  // namespace glimpse::library
