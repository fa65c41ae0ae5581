#include "analyze/principal.h"

#include <algorithm>
#include <cmath>

#include "analyze/parallel.h"

namespace glimpse::analyze {
namespace {

constexpr int kRounds = 12;

Matrix centred(Matrix rows) {
  std::vector<double> mean(rows.dimension);
  const auto count = static_cast<double>(rows.rows());
  for (std::size_t i = 0; i < rows.values.size(); ++i) mean[i % rows.dimension] += rows.values[i] / count;
  for (std::size_t i = 0; i < rows.values.size(); ++i) rows.values[i] -= static_cast<float>(mean[i % rows.dimension]);
  return rows;
}

/// [a.rows, b.rows]: inner products.
Matrix products(const Matrix& a, const Matrix& b, int threads) {
  Matrix result{.dimension = b.rows(), .values = std::vector<float>(a.rows() * b.rows())};
  for_each_index(a.rows(), threads, [&](std::size_t i) {
    for (std::size_t j = 0; j < b.rows(); ++j) result.values[i * b.rows() + j] = dot(a.row(i), b.row(j));
  });
  return result;
}

/// Makes the rows orthogonal to each other and of unit length, in order; what is left of a row that depends on those
/// before it is zero.
void orthonormalize(Matrix& rows) {
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    float* row = rows.values.data() + i * rows.dimension;
    const double before = std::sqrt(dot(rows.row(i), rows.row(i)));
    for (std::size_t j = 0; j < i; ++j) {
      const float along = dot(rows.row(i), rows.row(j));
      for (std::size_t d = 0; d < rows.dimension; ++d) row[d] -= along * rows.row(j)[d];
    }
    const double length = std::sqrt(dot(rows.row(i), rows.row(i)));
    const double scale = length > 1e-6 * before && length > 0 ? 1 / length : 0;
    for (std::size_t d = 0; d < rows.dimension; ++d) row[d] = static_cast<float>(row[d] * scale);
  }
}

/// [a.dimension columns of `seen`, rows.dimension]: for each direction the sum of rows weighted by how they lie on it.
Matrix pulled_back(const Matrix& rows, const Matrix& seen, int threads) {
  Matrix directions{.dimension = rows.dimension, .values = std::vector<float>(seen.dimension * rows.dimension)};
  for_each_index(seen.dimension, threads, [&](std::size_t k) {
    float* direction = directions.values.data() + k * rows.dimension;
    for (std::size_t i = 0; i < rows.rows(); ++i) {
      const float weight = seen.row(i)[k];
      const auto row = rows.row(i);
      for (std::size_t d = 0; d < rows.dimension; ++d) direction[d] += weight * row[d];
    }
  });
  return directions;
}

/// Mirrors each direction so that its largest part is positive: the sign is nobody's choice then.
void settle_signs(Matrix& directions) {
  for (std::size_t i = 0; i < directions.rows(); ++i) {
    const auto row = directions.row(i);
    const auto largest = std::ranges::max_element(row, {}, [](float value) { return std::abs(value); });
    if (*largest >= 0) continue;
    for (std::size_t d = 0; d < directions.dimension; ++d) directions.values[i * directions.dimension + d] *= -1;
  }
}

}  // namespace

Matrix principal_components(const Matrix& rows, std::size_t count, std::uint64_t seed, int threads) {
  const Matrix data = centred(rows);
  count = std::min({count, data.dimension, data.rows()});
  Matrix directions{.dimension = data.dimension, .values = std::vector<float>(count * data.dimension)};
  Random random(seed);
  for (float& value : directions.values) value = static_cast<float>(random.uniform() - 0.5);
  orthonormalize(directions);
  for (int round = 0; round < kRounds; ++round) {
    directions = pulled_back(data, products(data, directions, threads), threads);
    orthonormalize(directions);
  }
  settle_signs(directions);
  return products(data, directions, threads);
}

}  // namespace glimpse::analyze
