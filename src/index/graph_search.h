#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "index/hnsw_graph.h"
#include "index/row_codec.h"
#include "index/rows.h"
#include "index/vector_index.h"

namespace glimpse::index {

/// How a search among some ids is done where there is a graph.
enum class FilterPlan {
  kGraph,       ///< No ids given: the graph alone.
  kPostFilter,  ///< Most ids: search without them, drop what is not among them, search for more when too little is
                ///< left.
  kInGraph,     ///< Fewer: the walk goes over all rows, and keeps those among the ids.
  kExact,       ///< Few: compare the rows of the ids, one by one.
};
FilterPlan plan_for(std::size_t among, std::size_t rows);

/// A graph and the rows that it links, as they are at one moment.
struct LinkedRows {
  const RowCodec& codec;
  const Rows& rows;
  const HnswGraph& graph;
};

/// About the `count` best of the linked rows that `options` admits, best first, by rough scores. Errors:
/// resource_exhausted.
Result<std::vector<Neighbor>> search_graph(const LinkedRows& linked, const RowCodec::Query& query, std::size_t count,
                                           std::size_t ef, const SearchOptions& options);

}  // namespace glimpse::index
