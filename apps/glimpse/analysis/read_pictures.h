#pragma once

#include <filesystem>

#include "analysis/stored_vectors.h"
#include "analyze/analysis.h"
#include "base/result.h"
#include "encode/encoder.h"
#include "flags.h"

namespace glimpse::app {

/// Where the vectors of pictures come from. Either may be null.
struct VectorSources {
  encode::Encoder* encoder = nullptr;
  const StoredVectors* stored = nullptr;  ///< Of the encoder's model; asked first.
};

/// Reads every picture below the folder, in the scanner's order, into `material`: facts, files that cannot be read,
/// and, with a model, vectors. With a progress line. Returns how many vectors were there already. Errors: scan's; the
/// model's; cancelled.
Result<std::size_t> read_pictures(const std::filesystem::path& folder, const VectorSources& sources,
                                  const CommonFlags& common, analyze::Material& material);

}  // namespace glimpse::app
