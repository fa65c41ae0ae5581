#pragma once

#include "index/ids.h"

namespace glimpse::library {

using index::Id;
using index::ImageId;
using RootId = Id<struct RootTag>;
using GenerationId = Id<struct GenerationTag>;

}  // namespace glimpse::library
