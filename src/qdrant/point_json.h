#pragma once

#include <optional>

#include "qdrant/ask.h"
#include "qdrant/client.h"

// Shared by the .cc files of this room alone.
namespace glimpse::qdrant {

Json to_json(const PointId& id);
/// Nothing for what is no id.
std::optional<PointId> point_id_from(const Json& json);
/// A record or scored point of an answer; nothing for what is none.
std::optional<FoundPoint> found_point_from(const Json& json);

}  // namespace glimpse::qdrant
