#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "index/row_codec.h"
#include "index/rows.h"

namespace glimpse::index {

/// Names as in Malkov & Yashunin 2016 (USearch: connectivity, expansion_add).
struct HnswParameters {
  /// Links of a node on the upper levels; twice as many on the lowest (M_max0).
  std::size_t m = 24;
  /// Candidates kept while a row looks for its neighbours.
  std::size_t ef_construction = 200;
  bool operator==(const HnswParameters&) const = default;
};

/// The links between rows of bytes, without the rows: node i is the row at position i. Immutable once made, so any
/// number of threads may search it (more than kSearches at once wait for each other). Rows are handed to each call and
/// must be those that the graph was made over, or a later state of them.
class HnswGraph {
 public:
  static constexpr std::size_t kSearches = 64;

  /// A graph over all positions of `rows`; with `base`, a copy of it to which those are added that it lacks. Runs on
  /// `threads` threads. Errors: cancelled once `stop` is set; resource_exhausted.
  static Result<std::shared_ptr<const HnswGraph>> build(const RowCodec& codec, const Rows& rows,
                                                        const HnswParameters& parameters, int threads,
                                                        const std::atomic<bool>& stop, const HnswGraph* base = nullptr);
  ~HnswGraph();

  std::size_t size() const;
  const HnswParameters& parameters() const;
  std::size_t memory_bytes() const;

  struct Found {
    std::uint32_t position = 0;
    float score = 0;
  };
  /// Whether the row at a position may be among the results; it is walked over either way.
  using Admits = std::function<bool(std::size_t)>;
  /// About the `count` best, best first; `ef` candidates are kept on the way. Errors: resource_exhausted.
  Result<std::vector<Found>> search(const RowCodec& codec, const RowCodec::Query& query, const Rows& rows,
                                    std::size_t count, std::size_t ef, const Admits& admits) const;

  /// Bytes for load(), piece by piece; stops when `write` returns false.
  using Write = std::function<bool(std::span<const std::byte>)>;
  void save(const Write& write) const;
  /// What save() would write in all.
  std::size_t saved_bytes() const;
  /// Errors: corruption when the bytes are no graph of `size` nodes: every link is checked.
  static Result<std::shared_ptr<const HnswGraph>> load(std::span<const std::byte> bytes, std::size_t size,
                                                       const HnswParameters& parameters);

 private:
  struct State;
  explicit HnswGraph(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glimpse::index
