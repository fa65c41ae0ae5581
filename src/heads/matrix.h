#pragma once

#include <cstdint>
#include <vector>

namespace glimpse::heads {

/// Rows of f32, dense.
struct Matrix {
  std::int64_t rows = 0, columns = 0;
  std::vector<float> values;  ///< [rows, columns]
};

}  // namespace glimpse::heads
