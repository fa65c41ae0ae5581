#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "models/clip.h"
#include "models/fingerprint.h"
#include "models/weights_file.h"

// Internal to this room: what the readers of CLIP's layouts hand to the model.
namespace glimpse::models {

/// One CLIP, wherever its files came from.
struct ClipFiles {
  std::string name;
  ClipConfig config;
  image::PreprocessSpec preprocess;
  WeightsFile weights;
  std::filesystem::path tokenizer;     ///< A directory, or a file of merges; as text::load_clip_bpe takes it.
  std::vector<FingerprintPart> parts;  ///< All files but the fine-tuned state_dict.
};

/// Errors: corruption (no logit_scale); io.
Result<std::unique_ptr<DualEncoder>> make_clip(ClipFiles files, const OpenOptions& options);

/// CLIP's own file of merges, for models that come without a tokenizer: in their directory, else
/// options.clip_merges; else the directory when it has Hugging Face's tokenizer files. Errors: not_found.
Result<std::filesystem::path> find_merges(const std::filesystem::path& directory, const OpenOptions& options);

/// The directory's own name, for models that do not tell theirs.
std::string name_of(const std::filesystem::path& directory);

}  // namespace glimpse::models
