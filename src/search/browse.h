#pragma once

#include "base/result.h"
#include "library/library.h"
#include "search/filter.h"
#include "search/hits.h"

namespace glimpse::search {

/// Pictures that meet the filter, without a query: newest file first, or newest first by library::time_ms. Every score
/// is 0. Thread-safe.
Result<Hits> browse(const library::Library& library, Page page, const Filter& filter = {});

}  // namespace glimpse::search
