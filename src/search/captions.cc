#include "search/captions.h"

#include <unordered_map>
#include <utility>

#include "search/stopwatch.h"

namespace glimpse::search {

Result<Hits> by_caption(const library::Library& library, std::string_view words, Page page) {
  const Stopwatch watch;
  GLIMPSE_ASSIGN_OR_RETURN(const auto found, library.search_captions(words, static_cast<std::int64_t>(page.limit),
                                                                     static_cast<std::int64_t>(page.offset)));
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
