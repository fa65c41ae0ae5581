#pragma once

#include <string>

#include "base/result.h"
#include "library/library.h"

namespace glimpse::app {

/// The generation of that id, or of the model of that name. Errors: not_found, saying what there is; invalid_argument
/// when several generations have the name.
Result<library::Generation> find_generation(const library::Library& library, const std::string& name_or_id);

}  // namespace glimpse::app
