#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "base/file.h"
#include "base/result.h"
#include "checkpoint/checkpoint.h"

namespace glimpse::checkpoint {

/// Whether the bytes begin like torch.save's zip form or its older stream form.
bool is_torch_zip(std::span<const std::byte> bytes);
bool is_torch_stream(std::span<const std::byte> bytes);

/// Open a state_dict that torch.save wrote; {"state_dict": {…}} and {"model": {…}} are unwrapped, values that are no
/// tensors are dropped. What the pickle inside may hold: torch_pickle.h. Every tensor is checked against its storage.
/// Errors: corruption, unsupported (with the opcode, class or entry), resource_exhausted.
Result<std::unique_ptr<Checkpoint>> open_torch_zip(const std::filesystem::path& path, MappedFile file);
Result<std::unique_ptr<Checkpoint>> open_torch_stream(const std::filesystem::path& path, MappedFile file);

}  // namespace glimpse::checkpoint
