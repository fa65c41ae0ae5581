#pragma once

#include <filesystem>

#include "base/result.h"
#include "heads/material.h"

namespace glimpse::heads {

/// Writes `directory`/features.safetensors and then `directory`/material.json, each atomically. The directory exists.
Result<void> write_material(const std::filesystem::path& directory, const Material& material);

/// Reads what write_material wrote. Errors: not_found; corruption naming the file and what is wrong in it.
Result<Material> read_material(const std::filesystem::path& directory);

}  // namespace glimpse::heads
