#include "search/hits.h"

#include <algorithm>

namespace glimpse::search {

std::size_t hits_needed(const Page& page) {
  return page.order == Order::kNewestFirst ? page.among : page.offset + page.limit;
}

void arrange(std::vector<Hit>& hits, const Page& page) {
  if (page.order == Order::kNewestFirst) {
    if (hits.size() > page.among) hits.erase(hits.begin() + static_cast<std::ptrdiff_t>(page.among), hits.end());
    std::ranges::stable_sort(hits, std::greater(), [](const Hit& hit) { return library::time_ms(hit.picture); });
  }
  const std::size_t first = std::min(page.offset, hits.size());
  const std::size_t last = first + std::min(page.limit, hits.size() - first);
  hits.erase(hits.begin() + static_cast<std::ptrdiff_t>(last), hits.end());
  hits.erase(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(first));
}

}  // namespace glimpse::search
