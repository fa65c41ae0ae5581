#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "autograd/ensemble.h"
#include "base/result.h"

namespace glimpse::autograd {

/// The heads of a `dual` model's file, as docs/models/dual.md has it. Errors: corruption; unsupported for heads without
/// a shared projection.
Result<Ensemble> read_ensemble(const std::filesystem::path& file);

/// Writes heads in half precision, with the label embeddings that `original`, another such file, has. Errors: as
/// read_ensemble, of `original`; io.
Result<void> write_ensemble(const Ensemble& ensemble, const std::filesystem::path& original,
                            const std::filesystem::path& file);

}  // namespace glimpse::autograd
