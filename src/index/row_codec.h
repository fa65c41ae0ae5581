#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "index/rows.h"
#include "index/simd.h"

namespace glimpse::index {

enum class RowStorage {
  kHalf,   ///< IEEE binary16: half the memory to read; scores within about 1e-4 of f32 for unit vectors.
  kFloat,  ///< f32.
  kByte,   ///< 8 bits a value and a scale for each row: a quarter; scores within about 1e-2, to be taken again exactly.
};

/// How vectors are kept as rows, and compared with a query. Immutable; any number of threads may use it.
class RowCodec {
 public:
  RowCodec(std::size_t dimension, RowStorage storage, SimdLevel simd);

  std::size_t dimension() const { return dimension_; }
  RowStorage storage() const { return storage_; }
  const kernels::KernelTable& kernels() const { return *kernels_; }
  RowLayout layout() const;

  void encode(const float* from, RowPlace to) const;
  void encode_halves(const std::uint16_t* from, RowPlace to) const;

  /// A query made ready for score(). Keeps a view of `values`, which must live as long.
  struct Query {
    std::span<const float> values;
    std::vector<std::int8_t> bytes;  ///< Empty unless rows are kByte.
    float scale = 0;
    std::int32_t bias = 0;
  };
  /// Errors: invalid_argument for another dimension or a value that is not finite.
  Result<Query> prepare(std::span<const float> values) const;

  /// Inner products with `count` rows that lie one after the other.
  void score(const Query& query, const std::byte* values, const std::byte* sides, std::size_t count,
             float* scores) const;
  /// Of two kByte rows with each other.
  float score_rows(const std::byte* a, const std::byte* a_side, const std::byte* b, const std::byte* b_side) const;

 private:
  std::size_t dimension_;
  RowStorage storage_;
  const kernels::KernelTable* kernels_;
};

}  // namespace glimpse::index
