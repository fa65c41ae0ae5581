#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluate/ground_truth.h"
#include "heads/material.h"
#include "new_heads/tower_features.h"
#include "train/dataset.h"
#include "train/split.h"

namespace glimpse::app {

/// What new heads of a dual encoder are to be learnt from.
struct HeadSources {
  const train::Dataset* data = nullptr;  ///< Captioned pictures,
  const train::Split* split = nullptr;   ///< of which only the training part is learnt from.
  evaluate::GroundTruth labelled;        ///< Pictures with the name of a class; may be empty.
  std::filesystem::path labelled_folder;
  std::vector<std::string> sentences;  ///< Captions of pictures that are not here, picture by picture; may be empty.
};

struct HeadMaterialOptions {
  FeatureOptions features;
  int versions = 8;  ///< Looks at each picture that is learnt from.
  std::uint64_t seed = 1;
  bool quiet = false;
};

/// Runs both towers of the model in `directory` over the sources, with progress lines. Errors: unsupported for a model
/// of another family; cancelled; the towers'.
Result<heads::Material> make_head_material(const std::filesystem::path& directory, const HeadSources& sources,
                                           const HeadMaterialOptions& options);

}  // namespace glimpse::app
