#pragma once

#include <filesystem>
#include <string_view>

namespace glimpse::library {

/// Whether scans pass over a file or directory of this name: names that begin with a dot (so also ".git" and the "._x"
/// files of macOS), and directories where systems and tools keep what are no pictures of the user. With `hidden`, names
/// that begin with a dot are the user's too, but for those that tools are known to use.
bool skipped_name(std::string_view name, bool hidden = false);

/// Whether any part of the path is skipped.
bool skipped_path(const std::filesystem::path& path);

}  // namespace glimpse::library
