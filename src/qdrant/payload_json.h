#pragma once

#include "qdrant/ask.h"
#include "qdrant/payload.h"

// Shared by the .cc files of this room alone.
namespace glimpse::qdrant {

/// Reads what any program wrote: a member that is missing or of another type is as if it were not there.
Payload payload_from(const Json& json);

}  // namespace glimpse::qdrant
