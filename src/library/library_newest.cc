// The newest pictures of those that meet a filter. All times are read, from an index where the file's time counts, and
// only the page's rows are.
#include <algorithm>
#include <limits>

#include "library/library.h"
#include "library/library_state.h"
#include "library/schema.h"

namespace glimpse::library {
namespace {

struct Dated {
  std::int64_t time = 0;
  ImageId id;
  auto operator<=>(const Dated&) const = default;
};

Result<std::vector<Dated>> times(Connection& db, TimeOrder order) {
  GLIMPSE_ASSIGN_OR_RETURN(const bool details, has_details(db));
  const char* const sql = order == TimeOrder::kFile || !details
                              ? "SELECT id, mtime_ns FROM pictures"
                              : "SELECT id, coalesce(taken_at_ms, mtime_ns / 1000000) FROM pictures "
                                "LEFT JOIN details ON picture = id";
  GLIMPSE_ASSIGN_OR_RETURN(auto rows, db.query(sql));
  std::vector<Dated> all;
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return all;
    all.push_back({rows.integer(1), {rows.integer(0)}});
  }
}

}  // namespace

Result<Newest> Library::newest_of(const filter::Filter& filter, TimeOrder order, std::int64_t limit,
                                  std::int64_t offset) const {
  Newest newest;
  if (filter.empty() && order == TimeOrder::kFile) {
    GLIMPSE_ASSIGN_OR_RETURN(newest.pictures, this->newest(limit, offset));
    GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
    GLIMPSE_ASSIGN_OR_RETURN(newest.total, reader->integer("SELECT count(*) FROM pictures"));
    return newest;
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto among, matching(filter));
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  GLIMPSE_ASSIGN_OR_RETURN(auto dated, times(*reader, order));
  std::erase_if(dated, [&](const Dated& row) { return !std::ranges::binary_search(among, row.id); });
  newest.total = static_cast<std::int64_t>(dated.size());
  const auto first = std::min(dated.size(), static_cast<std::size_t>(offset));
  const auto last = first + std::min(dated.size() - first, static_cast<std::size_t>(limit));
  std::ranges::partial_sort(dated, dated.begin() + static_cast<std::ptrdiff_t>(last), std::greater());
  std::vector<ImageId> ids;
  for (std::size_t i = first; i < last; ++i) ids.push_back(dated[i].id);
  GLIMPSE_ASSIGN_OR_RETURN(newest.pictures, pictures(ids));
  return newest;
}

}  // namespace glimpse::library
