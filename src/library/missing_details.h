#pragma once

#include <cstdint>
#include <span>

#include "base/cancel.h"
#include "base/result.h"
#include "library/library.h"

namespace glimpse::library {

/// Reads what files say of themselves for pictures that an older glimpse stored without it, of roots that are not
/// among `offline`. Opens each file once, of a JPEG reads the beginning alone, decodes nothing. A file that is gone,
/// changed or unreadable is left for a later run. Returns how many were read. Errors: cancelled; the library's.
Result<std::int64_t> read_missing_details(Library& library, std::span<const RootId> offline, const CancelToken& cancel);

}  // namespace glimpse::library
