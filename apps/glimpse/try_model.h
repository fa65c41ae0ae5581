#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "encode/encoder.h"

namespace glimpse::app {

struct TriedModel {
  models::ModelInfo info;
  std::string works;  ///< What was seen to work: "both towers give unit vectors".
};

/// Runs a model once from end to end: both of its towers, or the side that writes captions when it has no towers.
/// Errors: the model's; corruption, when what comes out is no unit vector.
Result<TriedModel> try_model(const std::filesystem::path& directory, const encode::EncoderOptions& options);

}  // namespace glimpse::app
