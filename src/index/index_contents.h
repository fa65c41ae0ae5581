#pragma once

#include <cstddef>
#include <memory>

#include "index/hnsw_graph.h"
#include "index/row_codec.h"
#include "index/rows.h"

namespace glimpse::index {

/// What an index holds at one moment: what a file keeps of it, and what it can be made from again. Cheap to copy.
struct IndexContents {
  std::size_t dimension = 0;
  RowStorage storage = RowStorage::kHalf;
  Rows rows{RowLayout{}};
  std::shared_ptr<const HnswGraph> graph;  ///< Over the first rows; null: none.
};

}  // namespace glimpse::index
