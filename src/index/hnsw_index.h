#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "index/exact_rows.h"
#include "index/hnsw_graph.h"
#include "index/index_contents.h"
#include "index/simd.h"
#include "index/vector_index.h"

namespace glimpse::index {

struct HnswIndexOptions {
  HnswParameters parameters = {};
  /// Candidates kept by a search (ef in the paper); a search for more takes as many as it needs.
  std::size_t ef_search = 320;
  SimdLevel simd = best_simd_level();
  int threads = 1;        ///< For the exact part of a search.
  int build_threads = 1;  ///< For building the graph, beside searches.
  /// Build in a thread of its own when enough has changed. Without it only settle() does.
  bool background = true;
  const ExactRows* exact_rows = nullptr;  ///< Where candidates are compared again. Must outlive the index.
  std::function<void()> settled = {};     ///< Called in that thread after each build.
};

/// Approximate search that hardly slows with size: rows of bytes with a graph of links (hnsw_graph.h) over most of
/// them. Rows that the graph lacks yet are compared one by one, so that what was inserted is found at once and an index
/// without a graph is a slower, exact one. Changes neither wait for searches nor keep them waiting; a thread of its own
/// extends a copy of the graph when rows outside it are many, and builds anew when a quarter of the rows are removed.
/// Errors of nearest() also: those of the exact rows; resource_exhausted.
class HnswIndex : public VectorIndex {
 public:
  /// dimension: 1 to kMaxDimension (limits.h). Errors: invalid_argument.
  static Result<std::unique_ptr<HnswIndex>> create(std::size_t dimension, const HnswIndexOptions& options = {});
  /// The same with what contents() gave, or a file: rows of bytes, and perhaps a graph.
  static Result<std::unique_ptr<HnswIndex>> create(IndexContents contents, const HnswIndexOptions& options = {});
  ~HnswIndex() override;  ///< A build under way is given up.

  std::size_t dimension() const override;
  std::size_t size() const override;
  Result<std::vector<Neighbor>> nearest(std::span<const float> query, std::size_t count,
                                        const SearchOptions& options = {}) const override;
  Result<void> upsert(std::span<const ImageId> ids, std::span<const float> rows) override;
  Result<void> upsert_halves(std::span<const ImageId> ids, std::span<const std::uint16_t> rows) override;
  void erase(std::span<const ImageId> ids) override;
  std::vector<ImageId> ids() const override;

  /// Brings the graph to all rows, however few are outside, and waits for it. Errors: resource_exhausted.
  Result<void> settle();
  /// Rows outside the graph.
  std::size_t unlinked() const;
  IndexContents contents() const override;

 private:
  struct State;
  explicit HnswIndex(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glimpse::index
