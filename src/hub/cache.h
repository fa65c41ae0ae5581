#pragma once

#include <filesystem>
#include <optional>

#include "hub/model_name.h"

namespace glimpse::hub {

/// The directory where huggingface_hub keeps a model that it has downloaded already:
/// hub_cache/models--owner--name/snapshots/<commit>. Nothing when it is not there, or has no configuration or weights.
std::optional<std::filesystem::path> find_in_cache(const std::filesystem::path& hub_cache, const ModelName& model);

}  // namespace glimpse::hub
