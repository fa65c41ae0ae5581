#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "checkpoint/checkpoint.h"

namespace glimpse::checkpoint {

/// Whether a file's name says that it is the index of weights in several parts: "model.safetensors.index.json".
bool is_index_of_parts(const std::filesystem::path& path);

/// The files that an index names, which lie beside it, sorted. Reads the index alone.
/// Errors: not_found; corruption (no index; a name that leaves its directory); resource_exhausted (over 1,000 parts).
/// Source: docs/formats/checkpoints.md.
Result<std::vector<std::filesystem::path>> parts_of_index(const std::filesystem::path& index);

/// All parts as one checkpoint. Errors: parts_of_index's; open's of each part; corruption, when a tensor is in two
/// parts, or not in the part that the index says.
Result<std::unique_ptr<Checkpoint>> open_parts(const std::filesystem::path& index);

}  // namespace glimpse::checkpoint
