#pragma once

#include <vector>

#include "base/result.h"
#include "evaluate/retrieval.h"
#include "flags.h"

namespace glimpse::app {

/// How deep an index is asked, unless a cutoff is deeper. What comes later counts as not found.
inline constexpr int kIndexDepth = 100;

/// For each text the best pictures as the index of common.index ("auto": exact) finds them, best first. Errors: the
/// index'.
Result<std::vector<std::vector<std::size_t>>> rank_by_index(const evaluate::Matrix& texts,
                                                            const evaluate::Matrix& pictures, const CommonFlags& common,
                                                            const std::vector<int>& cutoffs);

}  // namespace glimpse::app
