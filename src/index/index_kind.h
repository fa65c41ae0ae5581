#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "index/exact_rows.h"
#include "index/hnsw_index.h"
#include "index/vector_index.h"

namespace glimpse::index {

enum class IndexKind {
  kExact,      ///< ExactIndex over halves.
  kExactByte,  ///< ExactIndex over bytes, its candidates compared again exactly: half the memory, half the time.
  kHnsw,       ///< HnswIndex.
};

/// "exact", "exact-i8" or "hnsw".
std::string_view name_of(IndexKind kind);
/// Errors: invalid_argument for another word.
Result<IndexKind> parse_index_kind(std::string_view name);

/// About how many bytes of memory an index of so many rows takes at the most (an HNSW index while it is extended).
std::uint64_t memory_of(IndexKind kind, std::size_t size, std::size_t dimension);

/// The exact index while comparing all takes no time to speak of; above that HNSW where it fits into `memory_budget`
/// bytes; else rows of bytes, which are the smallest. A budget of 0 is none.
IndexKind choose_index(std::size_t size, std::size_t dimension, std::uint64_t memory_budget);

struct IndexSetup {
  int threads = 1;                        ///< Of one search, and of building a graph.
  bool background = true;                 ///< Build graphs in a thread of their own.
  const ExactRows* exact_rows = nullptr;  ///< Must outlive the index.
  std::function<void()> settled = {};     ///< HnswIndexOptions::settled.
};

/// An empty index. Errors: invalid_argument.
Result<std::unique_ptr<VectorIndex>> make_index(IndexKind kind, std::size_t dimension, const IndexSetup& setup);
/// An index with what another held, or a file. Errors: invalid_argument when these are not contents of such an index.
Result<std::unique_ptr<VectorIndex>> make_index(IndexKind kind, IndexContents contents, const IndexSetup& setup);

/// How an index of this kind keeps its rows.
RowStorage storage_of(IndexKind kind);

}  // namespace glimpse::index
