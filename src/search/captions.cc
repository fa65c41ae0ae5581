#include "search/captions.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "search/stopwatch.h"

namespace glimpse::search {

namespace {

/// The best hits, as many as the page needs, and how many there are in all. Cuts the page itself where it can.
Result<library::CaptionHits> find(const library::Library& library, std::string_view words, Page& page,
                                  const Filter& filter) {
  if (filter.empty() && page.order == Order::kBestFirst) {
    const std::size_t offset = std::exchange(page.offset, 0);
    return library.search_captions(words, static_cast<std::int64_t>(page.limit), static_cast<std::int64_t>(offset));
  }
  if (filter.empty()) return library.search_captions(words, static_cast<std::int64_t>(page.among), 0);
  constexpr std::int64_t kAll = -1;
  GLIMPSE_ASSIGN_OR_RETURN(auto found, library.search_captions(words, kAll, 0));
  GLIMPSE_ASSIGN_OR_RETURN(const auto among, library.matching(filter));
  std::erase_if(found.hits, [&](const auto& hit) { return !std::ranges::binary_search(among, hit.picture); });
  found.total = static_cast<std::int64_t>(found.hits.size());
  found.hits.resize(std::min(found.hits.size(), hits_needed(page)));
  return found;
}

}  // namespace

Result<Hits> by_caption(const library::Library& library, std::string_view words, Page page, const Filter& filter) {
  const Stopwatch watch;
  GLIMPSE_ASSIGN_OR_RETURN(const auto found, find(library, words, page, filter));
  std::vector<library::ImageId> ids;
  std::unordered_map<library::ImageId, const library::CaptionHit*> of_picture;
  for (const auto& hit : found.hits) {
    ids.push_back(hit.picture);
    of_picture.emplace(hit.picture, &hit);
  }
  GLIMPSE_ASSIGN_OR_RETURN(auto pictures, library.pictures(ids));
  Hits answer;
  answer.compared = found.total;
  for (auto& picture : pictures) {
    const library::CaptionHit& hit = *of_picture.at(picture.id);
    answer.hits.push_back({std::move(picture), hit.score, hit.text});
  }
  arrange(answer.hits, page);
  answer.search_ms = watch.milliseconds();
  return answer;
}

Result<void> add_captions(const library::Library& library, std::vector<Hit>& hits) {
  std::vector<library::ImageId> ids;
  ids.reserve(hits.size());
  for (const Hit& hit : hits) ids.push_back(hit.picture.id);
  GLIMPSE_ASSIGN_OR_RETURN(auto captions, library.captions_of(ids));
  for (std::size_t i = 0; i < hits.size(); ++i) hits[i].caption = std::move(captions[i]);
  return {};
}

}  // namespace glimpse::search
