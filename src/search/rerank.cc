#include "search/rerank.h"

#include <algorithm>

namespace glimpse::search {

std::vector<NotMatched> rerank(std::vector<Hit>& hits, std::size_t count, const Match& match) {
  const auto first = std::span(hits).first(std::min(count, hits.size()));
  std::vector<std::filesystem::path> files;
  for (const Hit& hit : first) files.push_back(hit.picture.path);
  const auto matches = match(files);
  std::vector<NotMatched> not_matched;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (matches[i]) {
      first[i].match = *matches[i];
    } else {
      not_matched.push_back({files[i], matches[i].error()});
    }
  }
  std::ranges::stable_sort(first, std::ranges::greater{}, [](const Hit& hit) { return hit.match.value_or(-1); });
  return not_matched;
}

}  // namespace glimpse::search
