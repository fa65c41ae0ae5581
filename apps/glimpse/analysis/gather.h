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
  std::string model, precision;       ///< Empty without a model. "stored": all vectors are the library's.
  std::size_t from_library = 0;       ///< Vectors that the library had.
  std::vector<std::string> left_out;  ///< A sentence for each part that is missing, and how to get it.
  std::vector<std::string> remarks;   ///< Broken records of the captions.
};

/// Reads and embeds the pictures of the folder and their captions. With a progress line. Vectors that the library has
/// of them, by the same model, are taken from there. The model is --model, else the one that the library answers with,
/// where it holds the folder, else the default, where there is one. Errors: scan's; the captions' and the model's, when
/// the flags name them; cancelled.
Result<Gathered> gather(const CommonFlags& common, const AnalyzeFlags& flags);

}  // namespace glimpse::app
