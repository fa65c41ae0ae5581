#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "index/id_set.h"
#include "index/ids.h"

namespace glimpse::index {

struct Neighbor {
  ImageId id;
  float score = 0;  ///< Inner product; of unit vectors, the cosine.
  bool operator==(const Neighbor&) const = default;
};

/// Which pictures may be among the results.
struct SearchOptions {
  const IdSet* among = nullptr;  ///< Only these; null: all. Must live until the search returns.
  ImageId except = {};           ///< Not this one; id 0: all may.

  bool admits(ImageId id) const { return id != except && (among == nullptr || among->contains(id)); }
};

struct IndexContents;  // index_contents.h

/// Finds the vectors with the largest inner product to a query. All methods are thread-safe; a search sees the state of
/// one moment, each row whole.
class VectorIndex {
 public:
  virtual ~VectorIndex() = default;
  virtual std::size_t dimension() const = 0;
  virtual std::size_t size() const = 0;

  /// The `count` best of those admitted (fewer when there are fewer), best first, equal scores by ascending id.
  /// Errors: invalid_argument when the query has another dimension or a value that is not finite.
  virtual Result<std::vector<Neighbor>> nearest(std::span<const float> query, std::size_t count,
                                                const SearchOptions& options = {}) const = 0;

  /// Inserts, or replaces rows of the same id. rows: [ids, dimension] f32 row-major. Errors: invalid_argument for
  /// another size or an id below 1; nothing is changed then.
  virtual Result<void> upsert(std::span<const ImageId> ids, std::span<const float> rows) = 0;

  /// The same with rows in IEEE binary16, as the library stores them.
  virtual Result<void> upsert_halves(std::span<const ImageId> ids, std::span<const std::uint16_t> rows) = 0;

  /// Ids that are not there are ignored.
  virtual void erase(std::span<const ImageId> ids) = 0;

  /// All ids, in no order.
  virtual std::vector<ImageId> ids() const = 0;

  /// All of it, for a file or another index: cheap, shares the rows.
  virtual IndexContents contents() const = 0;
};

}  // namespace glimpse::index
