#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "library/library.h"
#include "search/filter.h"
#include "search/hits.h"

namespace glimpse::search {

/// Pictures whose caption has all the words (Library::search_captions) and that meet the filter, each with the caption
/// that matched. Needs no model. Thread-safe.
Result<Hits> by_caption(const library::Library& library, std::string_view words, Page page, const Filter& filter = {});

/// Gives each hit its picture's caption.
Result<void> add_captions(const library::Library& library, std::vector<Hit>& hits);

}  // namespace glimpse::search
