#pragma once

#include <filesystem>

#include "base/result.h"

namespace glimpse::app {

/// Writes the captions of the pictures that a training's split.csv puts into its test part, as a table
/// file_name,caption. Errors: corruption (the split); invalid_argument when no picture is in that part; the truth's.
Result<void> write_held_out_table(const std::filesystem::path& split, const std::filesystem::path& truth,
                                  const std::filesystem::path& table);

}  // namespace glimpse::app
