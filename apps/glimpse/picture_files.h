#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"

namespace glimpse::app {

/// Every picture file below the folder, by its name, in the scanner's order: the same each time. Errors: scan's.
Result<std::vector<std::filesystem::path>> picture_files(const std::filesystem::path& folder);

}  // namespace glimpse::app
