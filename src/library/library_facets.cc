// What there is to filter by. One pass over an index for each kind of value; counting by month and by folder is done
// here, as SQL would sort all rows for it.
#include <algorithm>
#include <chrono>
#include <map>

#include "base/utf8.h"
#include "library/library.h"
#include "library/library_state.h"
#include "library/schema.h"

namespace glimpse::library {
namespace {

constexpr int kFolderLevels = 3;

void keep_largest(std::vector<FacetCount>& counts) {
  std::ranges::sort(counts, [](const FacetCount& a, const FacetCount& b) {
    return a.pictures != b.pictures ? a.pictures > b.pictures : a.value < b.value;
  });
  if (counts.size() > kMaxFacets) counts.resize(kMaxFacets);
}

std::vector<FacetCount> as_list(const std::map<std::string, std::int64_t>& counted) {
  std::vector<FacetCount> counts;
  for (const auto& [value, pictures] : counted) counts.push_back({value, pictures});
  return counts;
}

template <typename Visit>
Result<void> each_row(Connection& db, const char* sql, Visit&& visit) {
  GLIMPSE_ASSIGN_OR_RETURN(auto rows, db.query(sql));
  for (;;) {
    GLIMPSE_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return {};
    visit(rows);
  }
}

/// Value and count, as the statement gives them.
Result<std::vector<FacetCount>> counted(Connection& db, const char* sql) {
  std::vector<FacetCount> counts;
  GLIMPSE_RETURN_IF_ERROR(
      each_row(db, sql, [&](const Statement& row) { counts.push_back({std::string(row.text(0)), row.integer(1)}); }));
  keep_largest(counts);
  return counts;
}

Result<std::vector<FacetCount>> months(Connection& db, const char* times) {
  std::map<std::chrono::year_month, std::int64_t> counted;
  GLIMPSE_RETURN_IF_ERROR(each_row(db, times, [&](const Statement& row) {
    const std::chrono::sys_time<std::chrono::milliseconds> at{std::chrono::milliseconds(row.integer(0))};
    const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(at));
    ++counted[day.year() / day.month()];
  }));
  std::vector<FacetCount> counts;
  for (auto month = counted.rbegin(); month != counted.rend(); ++month) {
    counts.push_back(
        {fmt::format("{:04}-{:02}", static_cast<int>(month->first.year()), static_cast<unsigned>(month->first.month())),
         month->second});
  }
  return counts;
}

Result<std::vector<FacetCount>> folders(Connection& db, const std::vector<Root>& roots) {
  std::map<std::int64_t, std::string> root_names;
  for (const Root& root : roots) root_names[root.id.value] = root.path.filename().native();
  std::map<std::string, std::int64_t> counted;
  GLIMPSE_RETURN_IF_ERROR(each_row(db, "SELECT root, name FROM pictures", [&](const Statement& row) {
    const std::string name = root_names[row.integer(0)] + '/' + row.path(1).native();
    std::size_t end = 0;
    for (int level = 0; level <= kFolderLevels; ++level) {
      end = name.find('/', end == 0 ? 0 : end + 1);
      if (end == std::string::npos) break;
      ++counted[name.substr(0, end)];
    }
  }));
  std::erase_if(counted, [](const auto& folder) { return folder.first.empty() || !is_valid_utf8(folder.first); });
  std::vector<FacetCount> counts = as_list(counted);
  keep_largest(counts);
  std::ranges::sort(counts, {}, &FacetCount::value);
  return counts;
}

}  // namespace

Result<Facets> Library::facets() const {
  Facets facets;
  GLIMPSE_ASSIGN_OR_RETURN(const auto all_roots, roots());
  GLIMPSE_ASSIGN_OR_RETURN(facets.captioned, captioned_pictures());
  GLIMPSE_ASSIGN_OR_RETURN(auto reader, state_->readers->lease());
  Connection& db = *reader;
  GLIMPSE_ASSIGN_OR_RETURN(facets.pictures, db.integer("SELECT count(*) FROM pictures"));
  GLIMPSE_ASSIGN_OR_RETURN(facets.formats, counted(db, "SELECT format, count(*) FROM pictures GROUP BY format"));
  GLIMPSE_ASSIGN_OR_RETURN(facets.folders, folders(db, all_roots));
  GLIMPSE_ASSIGN_OR_RETURN(const bool details, has_details(db));
  if (!details) {
    GLIMPSE_ASSIGN_OR_RETURN(facets.months, months(db, "SELECT mtime_ns / 1000000 FROM pictures"));
    return facets;
  }
  GLIMPSE_ASSIGN_OR_RETURN(facets.months, months(db,
                                                 "SELECT coalesce(taken_at_ms, mtime_ns / 1000000) FROM pictures "
                                                 "LEFT JOIN details ON picture = id"));
  GLIMPSE_ASSIGN_OR_RETURN(facets.cameras,
                           counted(db, "SELECT camera, count(*) FROM details WHERE camera <> '' GROUP BY camera"));
  GLIMPSE_ASSIGN_OR_RETURN(facets.lenses,
                           counted(db, "SELECT lens, count(*) FROM details WHERE lens <> '' GROUP BY lens"));
  GLIMPSE_ASSIGN_OR_RETURN(facets.placed, db.integer("SELECT count(*) FROM details WHERE latitude IS NOT NULL"));
  return facets;
}

}  // namespace glimpse::library
