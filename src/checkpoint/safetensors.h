#pragma once

#include <filesystem>
#include <memory>

#include "base/file.h"
#include "base/result.h"
#include "checkpoint/checkpoint.h"

namespace glimpse::checkpoint {

/// Reads the header of a safetensors file and checks that its tensors tile the data exactly.
/// Errors: corruption (what, which tensor); unsupported (a dtype that we do not read); resource_exhausted (a limit).
/// Source: docs/formats/checkpoints.md.
Result<std::unique_ptr<Checkpoint>> open_safetensors(const std::filesystem::path& path, MappedFile file);

}  // namespace glimpse::checkpoint
