#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>

#include "base/result.h"
#include "index/id_set.h"
#include "library/library.h"
#include "search/filter.h"

namespace glimpse::search {

/// Which pictures meet a filter, remembered for the latest filters as long as the library stays as it is: the pages of
/// a search, and searches with the filters left as they are, ask the catalogue once. Thread-safe.
class Matches {
 public:
  explicit Matches(const library::Library& library) : library_(library) {}

  /// `data_version`: the library's, asked before. Errors: Library::matching's.
  Result<std::shared_ptr<const index::IdSet>> of(const Filter& filter, std::int64_t data_version);

 private:
  struct Known {
    Filter filter;
    std::shared_ptr<const index::IdSet> ids;
  };

  const library::Library& library_;
  std::mutex mutex_;
  std::int64_t data_version_ = -1;  ///< Of all that is known.
  std::list<Known> known_;          ///< Latest used first.
};

}  // namespace glimpse::search
