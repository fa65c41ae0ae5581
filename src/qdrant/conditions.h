#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "filter/filter.h"
#include "qdrant/client.h"

namespace glimpse::qdrant {

/// The values that a key has in the collection: Client::values_of.
using ValuesOf = std::function<Result<std::vector<CountedValue>>(const std::string& key)>;

/// What people filter by, for Qdrant, which matches whole values alone: of cameras and lenses, the values that fit are
/// asked for first. Errors: those of `values_of`; unsupported (captions, which a collection does not have).
Result<Filter> filter_of(const filter::Filter& conditions, const ValuesOf& values_of);

}  // namespace glimpse::qdrant
