#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyze/analysis.h"
#include "base/result.h"
#include "flags.h"

namespace glimpse::app {

/// What `glimpse analyze` read, and what it could not.
struct Gathered {
  analyze::Material material;
  std::string model, precision;       ///< Empty without a model.
  std::vector<std::string> left_out;  ///< A sentence for each part that is missing, and how to get it.
  std::vector<std::string> remarks;   ///< Broken records of the captions.
};

/// Reads and embeds the pictures of the folder and their captions; each picture is decoded once. With a progress line.
/// Without --model the default model is used where there is one. Errors: scan's; the captions' and the model's, when
/// the flags name them; cancelled.
Result<Gathered> gather(const CommonFlags& common, const AnalyzeFlags& flags);

}  // namespace glimpse::app
