#pragma once

#include "library/filter.h"

namespace glimpse::search {

using library::Filter;

}  // namespace glimpse::search
