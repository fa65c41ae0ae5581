#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "index/ids.h"
#include "index/simd.h"

namespace glimpse::index {

struct Neighbor {
  ImageId id;
  float score = 0;  ///< Inner product; of unit vectors, the cosine.
  bool operator==(const Neighbor&) const = default;
};

/// Whether a picture may be among the results. Called from the searching threads, side by side.
using IdFilter = std::function<bool(ImageId)>;

/// Finds the vectors with the largest inner product to a query. All methods are thread-safe; a search sees the state of
/// one moment, each row whole.
class VectorIndex {
 public:
  virtual ~VectorIndex() = default;
  virtual std::size_t dimension() const = 0;
  virtual std::size_t size() const = 0;

  /// The `count` best (fewer when there are fewer), best first, equal scores by ascending id. An empty filter lets all
  /// pass. Errors: invalid_argument when the query has another dimension or a value that is not finite.
  virtual Result<std::vector<Neighbor>> nearest(std::span<const float> query, std::size_t count,
                                                const IdFilter& filter = {}) const = 0;

  /// Inserts, or replaces rows of the same id. rows: [ids, dimension] f32 row-major. Errors: invalid_argument for
  /// another size or an id below 1; nothing is changed then.
  virtual Result<void> upsert(std::span<const ImageId> ids, std::span<const float> rows) = 0;

  /// Ids that are not there are ignored.
  virtual void erase(std::span<const ImageId> ids) = 0;

  /// All ids, in no order.
  virtual std::vector<ImageId> ids() const = 0;
};

enum class RowStorage {
  kHalf,   ///< IEEE binary16: half the memory to read; scores within about 1e-4 of f32 for unit vectors.
  kFloat,  ///< f32.
};

struct ExactIndexOptions {
  RowStorage storage = RowStorage::kHalf;
  SimdLevel simd = best_simd_level();
  /// Threads for one search over many rows. A search over few rows always runs in the caller's.
  int threads = 1;
};

/// Compares the query with every row: exact, no parameters, and fast enough into the millions, as memory is read at
/// full speed. Searches neither wait for writers nor keep them waiting.
class ExactIndex : public VectorIndex {
 public:
  /// dimension: 1 to kMaxDimension (limits.h). Errors: invalid_argument.
  static Result<std::unique_ptr<ExactIndex>> create(std::size_t dimension, const ExactIndexOptions& options = {});
  ~ExactIndex() override;

  std::size_t dimension() const override;
  std::size_t size() const override;
  Result<std::vector<Neighbor>> nearest(std::span<const float> query, std::size_t count,
                                        const IdFilter& filter = {}) const override;
  Result<void> upsert(std::span<const ImageId> ids, std::span<const float> rows) override;
  /// The same with rows in IEEE binary16, as the library stores them.
  Result<void> upsert_halves(std::span<const ImageId> ids, std::span<const std::uint16_t> rows);
  void erase(std::span<const ImageId> ids) override;
  std::vector<ImageId> ids() const override;

 private:
  struct State;
  explicit ExactIndex(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glimpse::index
