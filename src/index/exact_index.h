#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "index/exact_rows.h"
#include "index/index_contents.h"
#include "index/row_codec.h"
#include "index/vector_index.h"

namespace glimpse::index {

struct ExactIndexOptions {
  RowStorage storage = RowStorage::kHalf;
  SimdLevel simd = best_simd_level();
  /// Threads for one search over many rows. A search over few rows always runs in the caller's.
  int threads = 1;
  /// For kByte: where candidates are compared again. Null: scores stay rough. Must outlive the index.
  const ExactRows* exact_rows = nullptr;
};

/// Compares the query with every row: exact, no parameters, and fast enough into the millions, as memory is read at
/// full speed. Among few ids only their own rows are compared. Searches neither wait for writers nor keep them waiting.
/// Errors of nearest() also: those of the exact rows.
class ExactIndex : public VectorIndex {
 public:
  /// dimension: 1 to kMaxDimension (limits.h). Errors: invalid_argument.
  static Result<std::unique_ptr<ExactIndex>> create(std::size_t dimension, const ExactIndexOptions& options = {});
  /// The same with what contents() gave, or a file; options.storage gives way to that of the contents.
  static Result<std::unique_ptr<ExactIndex>> create(IndexContents contents, ExactIndexOptions options = {});
  ~ExactIndex() override;

  std::size_t dimension() const override;
  std::size_t size() const override;
  Result<std::vector<Neighbor>> nearest(std::span<const float> query, std::size_t count,
                                        const SearchOptions& options = {}) const override;
  Result<void> upsert(std::span<const ImageId> ids, std::span<const float> rows) override;
  Result<void> upsert_halves(std::span<const ImageId> ids, std::span<const std::uint16_t> rows) override;
  void erase(std::span<const ImageId> ids) override;
  std::vector<ImageId> ids() const override;
  IndexContents contents() const override;

 private:
  struct State;
  explicit ExactIndex(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glimpse::index
