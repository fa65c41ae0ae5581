#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "library/library.h"

namespace glimpse::app {

/// The roots that hold `folders`, added where new; no folders: all roots that the library has. Errors:
/// invalid_argument when there is none.
Result<std::vector<library::RootId>> roots_to_index(library::Library& library,
                                                    const std::vector<std::filesystem::path>& folders);

/// The root that a folder named by the user is. Errors: not_found.
Result<library::Root> root_named(const library::Library& library, const std::filesystem::path& folder);

}  // namespace glimpse::app
