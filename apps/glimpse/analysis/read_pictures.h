#pragma once

#include <filesystem>

#include "analyze/analysis.h"
#include "base/result.h"
#include "encode/encoder.h"
#include "flags.h"

namespace glimpse::app {

/// Reads every picture below the folder, in the scanner's order, into `material`: facts, files that cannot be read,
/// and, with a model, vectors. `encoder` may be null. With a progress line. Errors: scan's; the model's; cancelled.
Result<void> read_pictures(const std::filesystem::path& folder, encode::Encoder* encoder, const CommonFlags& common,
                           analyze::Material& material);

}  // namespace glimpse::app
