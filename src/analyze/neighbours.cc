#include "analyze/neighbours.h"

#include <algorithm>
#include <set>

#include "analyze/parallel.h"

namespace glimpse::analyze {

std::vector<Pair> closest_pairs(const Matrix& pictures, const std::vector<std::size_t>& originals, double least,
                                std::size_t keep, int threads) {
  const auto compared = evenly(pictures.rows(), kMostCompared);
  std::vector<Pair> nearest(compared.size());
  for_each_index(compared.size(), threads, [&](std::size_t i) {
    const std::size_t a = compared[i];
    nearest[i] = {a, a, -2};
    for (const std::size_t b : compared) {
      if (originals[a] == originals[b]) continue;
      const double similarity = dot(pictures.row(a), pictures.row(b));
      if (similarity > nearest[i].similarity) nearest[i] = {std::min(a, b), std::max(a, b), similarity};
    }
  });
  std::ranges::stable_sort(nearest, std::ranges::greater{}, &Pair::similarity);
  std::set<std::size_t> used;
  std::vector<Pair> pairs;
  for (const Pair& pair : nearest) {
    if (pairs.size() == keep || pair.similarity < least) break;
    if (used.contains(pair.first) || used.contains(pair.second)) continue;
    used.insert({pair.first, pair.second});
    pairs.push_back(pair);
  }
  return pairs;
}

}  // namespace glimpse::analyze
