#include "library/skip_rules.h"

#include <algorithm>
#include <array>

namespace glimpse::library {
namespace {

constexpr std::array<std::string_view, 16> kNames = {
    "@eaDir",                     // Synology's thumbnails
    "#recycle",                   // Synology's bin
    "#snapshot",                  // Synology's snapshots
    "@Recycle",                   // QNAP's bin
    "@__thumb",                   // QNAP's thumbnails
    "$RECYCLE.BIN",               // Windows' bin
    "RECYCLER",                   // older Windows' bin
    "System Volume Information",  // Windows
    "lost+found",                 // ext4
    "node_modules",
    // With a dot, so passed over in any case unless hidden names are wanted.
    ".git",
    ".svn",
    ".thumbnails",
    ".cache",
    ".AppleDouble",
    ".@__thumb",
};

bool belongs_to_a_tool(std::string_view name) {
  return std::ranges::find(kNames, name) != kNames.end() || name.ends_with(".lrdata") ||  // Lightroom's previews
         name.starts_with("._") || name.starts_with(".Trash");  // macOS' side files; bins of Linux and macOS
}

}  // namespace

bool skipped_name(std::string_view name, bool hidden) {
  return (!hidden && name.starts_with('.')) || belongs_to_a_tool(name);
}

bool skipped_path(const std::filesystem::path& path) {
  return std::any_of(path.begin(), path.end(), [](const auto& part) { return skipped_name(part.native()); });
}

}  // namespace glimpse::library
