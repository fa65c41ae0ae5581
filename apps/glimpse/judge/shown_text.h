#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace glimpse::app {

/// Text that may come from anywhere, fit for a terminal: on one line, and no byte of it steers the terminal.
std::string shown_text(std::string_view text);

/// The same of a path; on a terminal that shows links (OSC 8) a click opens the file.
std::string shown_path(const std::filesystem::path& path);

}  // namespace glimpse::app
