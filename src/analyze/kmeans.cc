#include "analyze/kmeans.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "analyze/parallel.h"

namespace glimpse::analyze {
namespace {

constexpr int kStarts = 4, kMostRounds = 40;

/// 1 - cosine, never negative.
double distance(std::span<const float> a, std::span<const float> b) { return std::max(0.0, 1.0 - dot(a, b)); }

/// A row by chance, in proportion to its weight; any where all weigh nothing.
std::size_t draw(std::span<const double> weights, Random& random) {
  double total = 0;
  for (const double weight : weights) total += weight;
  if (total <= 0) return random.below(weights.size());
  double at = random.uniform() * total;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    at -= weights[i];
    if (at < 0) return i;
  }
  return weights.size() - 1;
}

/// Distances to the nearest of the centres so far and `candidate`.
std::vector<double> with_candidate(const Matrix& rows, std::size_t candidate, const std::vector<double>& nearest,
                                   int threads) {
  std::vector<double> distances(rows.rows());
  for_each_index(rows.rows(), threads, [&](std::size_t i) {
    distances[i] = std::min(nearest[i], distance(rows.row(i), rows.row(candidate)));
  });
  return distances;
}

/// Of several rows drawn by their distance, the one that leaves the least distance to all, again and again.
Matrix first_centres(const Matrix& rows, std::size_t k, Random& random, int threads) {
  const int draws = 2 + static_cast<int>(std::log(static_cast<double>(k)));
  std::vector<std::size_t> chosen = {random.below(rows.rows())};
  std::vector<double> nearest(rows.rows(), 2);
  nearest = with_candidate(rows, chosen.front(), nearest, threads);
  while (chosen.size() < k) {
    std::size_t best = 0;
    std::vector<double> best_left;
    double least = std::numeric_limits<double>::infinity();
    for (int i = 0; i < draws; ++i) {
      const std::size_t candidate = draw(nearest, random);
      auto left = with_candidate(rows, candidate, nearest, threads);
      const double sum = std::accumulate(left.begin(), left.end(), 0.0);
      if (sum >= least) continue;
      least = sum;
      best = candidate;
      best_left = std::move(left);
    }
    chosen.push_back(best);
    nearest = std::move(best_left);
  }
  return rows_of(rows, chosen);
}

/// Distances of each row to its centre, which it is given.
std::vector<double> assign(const Matrix& rows, KMeans& means, int threads) {
  std::vector<double> distances(rows.rows());
  for_each_index(rows.rows(), threads, [&](std::size_t i) {
    distances[i] = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < means.centres.rows(); ++c) {
      const double apart = distance(rows.row(i), means.centres.row(c));
      if (apart >= distances[i]) continue;
      distances[i] = apart;
      means.assignment[i] = c;
    }
  });
  return distances;
}

void move_centres(const Matrix& rows, KMeans& means, std::vector<double> distances) {
  const std::size_t dimension = rows.dimension, k = means.centres.rows();
  std::vector<double> sums(k * dimension);
  std::vector<std::size_t> counts(k);
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const auto row = rows.row(i);
    ++counts[means.assignment[i]];
    for (std::size_t d = 0; d < dimension; ++d) sums[means.assignment[i] * dimension + d] += row[d];
  }
  for (std::size_t c = 0; c < k; ++c) {
    float* centre = means.centres.values.data() + c * dimension;
    double squared = 0;
    for (std::size_t d = 0; d < dimension; ++d) squared += sums[c * dimension + d] * sums[c * dimension + d];
    if (counts[c] == 0 || squared == 0) {
      const auto furthest = static_cast<std::size_t>(std::ranges::max_element(distances) - distances.begin());
      distances[furthest] = -1;  // the next one that is empty takes another
      std::ranges::copy(rows.row(furthest), centre);
      continue;
    }
    for (std::size_t d = 0; d < dimension; ++d)
      centre[d] = static_cast<float>(sums[c * dimension + d] / std::sqrt(squared));
  }
}

KMeans one_start(const Matrix& rows, std::size_t k, Random& random, int threads) {
  KMeans means{.assignment = std::vector<std::size_t>(rows.rows()), .centres = first_centres(rows, k, random, threads)};
  std::vector<std::size_t> before;
  for (int round = 0; round < kMostRounds; ++round) {
    const auto distances = assign(rows, means, threads);
    means.distance = 0;
    for (const double one : distances) means.distance += one / static_cast<double>(rows.rows());
    if (means.assignment == before) break;
    before = means.assignment;
    move_centres(rows, means, distances);
  }
  return means;
}

}  // namespace

KMeans spherical_kmeans(const Matrix& rows, std::size_t k, std::uint64_t seed, int threads) {
  Random random(seed);
  KMeans best = one_start(rows, k, random, threads);
  for (int start = 1; start < kStarts && k > 1; ++start) {
    KMeans other = one_start(rows, k, random, threads);
    if (other.distance < best.distance) best = std::move(other);
  }
  return best;
}

Elbow choose_k(const Matrix& rows, std::size_t most, std::uint64_t seed, int threads) {
  constexpr std::size_t kFewest = 8;
  Elbow elbow;
  if (rows.rows() < kFewest) return elbow;
  for (std::size_t k = 1; k <= std::min(most, rows.rows() / 2); k += k < 12 ? 1 : 2) {
    elbow.k.push_back(k);
    elbow.distance.push_back(spherical_kmeans(rows, k, seed, threads).distance);
  }
  const double wide = static_cast<double>(elbow.k.back() - elbow.k.front());
  const double high = elbow.distance.front() - elbow.distance.back();
  double furthest = 0;
  for (std::size_t i = 0; i < elbow.k.size() && wide > 0 && high > 1e-6; ++i) {
    const double across = static_cast<double>(elbow.k[i] - elbow.k.front()) / wide;
    const double below = (elbow.distance.front() - elbow.distance[i]) / high - across;
    if (below <= furthest) continue;
    furthest = below;
    elbow.chosen = elbow.k[i];
  }
  return elbow;
}

}  // namespace glimpse::analyze
