#pragma once

#include <cstddef>
#include <cstdint>

#include "analyze/vectors.h"

namespace glimpse::analyze {

/// The rows seen along the `count` directions in which they vary most, [rows, count], the first the most; `count` is
/// cut to the dimension and to the rows. The same seed gives the same answer. By subspace iteration.
/// Source: Golub, Van Loan, "Matrix Computations", section 8.2.4.
Matrix principal_components(const Matrix& rows, std::size_t count, std::uint64_t seed, int threads);

}  // namespace glimpse::analyze
