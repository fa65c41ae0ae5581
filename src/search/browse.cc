#include "search/browse.h"

#include "search/captions.h"
#include "search/stopwatch.h"

namespace glimpse::search {

Result<Hits> browse(const library::Library& library, Page page, const Filter& filter) {
  const Stopwatch watch;
  const auto order = page.order == Order::kNewestFirst ? library::TimeOrder::kTaken : library::TimeOrder::kFile;
  GLIMPSE_ASSIGN_OR_RETURN(auto newest, library.newest_of(filter, order, static_cast<std::int64_t>(page.limit),
                                                          static_cast<std::int64_t>(page.offset)));
  Hits answer;
  answer.compared = newest.total;
  for (auto& picture : newest.pictures) answer.hits.push_back({std::move(picture), 0});
  GLIMPSE_RETURN_IF_ERROR(add_captions(library, answer.hits));
  answer.search_ms = watch.milliseconds();
  return answer;
}

}  // namespace glimpse::search
