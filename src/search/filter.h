#pragma once

#include "filter/filter.h"

namespace glimpse::search {

using filter::Filter;

}  // namespace glimpse::search
