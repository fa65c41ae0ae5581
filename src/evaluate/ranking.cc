#include "evaluate/ranking.h"

#include <algorithm>

namespace glimpse::evaluate {

void sort_as_trec_eval(std::vector<ScoredDocument>& documents) {
  std::ranges::sort(documents, [](const ScoredDocument& a, const ScoredDocument& b) {
    const auto left = static_cast<float>(a.score), right = static_cast<float>(b.score);
    return left > right || (left == right && a.document > b.document);
  });
}

}  // namespace glimpse::evaluate
