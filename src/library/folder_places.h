#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace glimpse::library {

/// Where the pictures of a folder, as filter::Filter::folders has it, lie in the root at this path: their names begin
/// with one of these and a '/'. Empty text: all pictures of the root. No text at all: none.
std::vector<std::string> folder_places(const std::filesystem::path& folder, const std::filesystem::path& root);

}  // namespace glimpse::library
