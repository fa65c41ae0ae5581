#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace glimpse::heads {

/// Rows of f32, dense.
struct Matrix {
  std::int64_t rows = 0, columns = 0;
  std::vector<float> values;  ///< [rows, columns]

  /// Row i, which must exist.
  std::span<const float> row(std::int64_t i) const {
    return std::span(values).subspan(static_cast<std::size_t>(i * columns), static_cast<std::size_t>(columns));
  }
};

/// Those rows of a matrix, in that order, each of which must exist: [numbers, columns].
Matrix rows_of(const Matrix& from, std::span<const std::int64_t> numbers);

}  // namespace glimpse::heads
