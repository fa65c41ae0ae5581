#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "index/hnsw_graph.h"

namespace glimpse::index {

/// Whether these bytes are what HnswGraph::save() writes for `size` nodes: every length, level and link is looked at,
/// as the code that loads them trusts them all. Layout: docs/formats/vector-index.md. Errors: corruption.
Result<void> check_graph(std::span<const std::byte> bytes, std::size_t size, const HnswParameters& parameters);

}  // namespace glimpse::index
