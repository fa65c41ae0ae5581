#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "search/hits.h"

namespace glimpse::search {

/// For each file the probability that the words of the query belong to it, or why that cannot be said.
using Match = std::function<std::vector<Result<float>>(std::span<const std::filesystem::path> files)>;

/// A hit whose file could not be looked at.
struct NotMatched {
  std::filesystem::path path;
  Error error;
};

/// Puts the first `count` hits in the order of their `match`, best first; equal ones stay as they were. Those whose
/// file cannot be read come behind them, in their old order, then the hits beyond `count` as they were.
std::vector<NotMatched> rerank(std::vector<Hit>& hits, std::size_t count, const Match& match);

}  // namespace glimpse::search
