#include "search/matches.h"

#include <algorithm>

namespace glimpse::search {
namespace {

constexpr std::size_t kMaxKnown = 16;

}  // namespace

Result<std::shared_ptr<const index::IdSet>> Matches::of(const Filter& filter, std::int64_t data_version) {
  {
    const std::lock_guard lock(mutex_);
    if (data_version != data_version_) known_.clear();
    data_version_ = data_version;
    const auto found = std::ranges::find(known_, filter, &Known::filter);
    if (found != known_.end()) {
      known_.splice(known_.begin(), known_, found);
      return found->ids;
    }
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto ids, library_.matching(filter));
  auto shared = std::make_shared<const index::IdSet>(ids);
  const std::lock_guard lock(mutex_);
  if (data_version == data_version_) known_.push_front({filter, shared});
  if (known_.size() > kMaxKnown) known_.pop_back();
  return shared;
}

}  // namespace glimpse::search
