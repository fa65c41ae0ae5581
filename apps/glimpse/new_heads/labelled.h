#pragma once

#include <filesystem>

#include "base/result.h"
#include "evaluate/ground_truth.h"
#include "train/dataset.h"
#include "train/split.h"

namespace glimpse::app {

/// A table of labelled pictures in `folder`, without those that are not to be learnt from: a picture that `split` holds
/// out, by its name or as a copy, or one that is not there. What is left out is said on standard error.
/// Errors: the table's; io.
Result<evaluate::GroundTruth> read_labelled(const std::filesystem::path& table, const std::filesystem::path& folder,
                                            const train::Dataset& data, const train::Split& split);

}  // namespace glimpse::app
