#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "train/learner.h"

namespace glimpse::train {

/// The model that was trained, as it lies on disk.
struct OriginalModel {
  std::filesystem::path path;                       ///< Its directory, or OpenAI's archive.
  std::vector<std::filesystem::path> weight_files;  ///< All that its forwards read.
};

struct ModelToWrite {
  OriginalModel original;
  std::vector<TrainedTensor> tensors;
  std::filesystem::path target;  ///< A name that nothing has.
  std::string origin;            ///< For the manifest: what it was made from.
  std::string run_id;            ///< For the manifest.
  bool same_towers = false;      ///< What was measured of the original's picture tower holds of this one too.
  /// Adds to the model while nobody can see it yet: its card. May be empty.
  std::function<Result<void>(const std::filesystem::path& directory)> add = {};
};

/// What the card of the model that was trained is called in the new one; those before it in its line have a number:
/// original-card-2.md is that of the model that it was trained from in its turn.
inline constexpr const char* kOriginalCard = "original-card.md";

/// Errors: already_exists when `target` is there; not_found when its parent is not.
Result<void> check_target(const std::filesystem::path& target);

/// Writes a model's directory of the same layout as the original: configuration, tokenizer and preprocessing as they
/// are; weights as safetensors (Hugging Face, open_clip, ours) or as a torch state_dict where the original's file is a
/// .pt or .pth (OpenAI's archive; the picture tower of `dual`); a file whose tensors are all as they were is copied.
/// Tensors of a file that no forward of the encoder reads (a captioner's decoder) stay; integer ones are left out. What
/// was measured of the original's picture tower (activation_ranges.json) is left out too, unless it has `same_towers`.
/// A card of the original (card.md, or else README.md) becomes kOriginalCard, so that the new model has one card that
/// is its own. Everything lies on the disk before the directory gets its name, in one rename. Errors: already_exists;
/// io; unsupported (a weights file of another kind).
Result<void> write_model(const ModelToWrite& model);

/// All tensors of the model as one torch state_dict, for `--params` and transformers.
/// Errors: as checkpoint::write_torch_state_dict; invalid_argument when two of the model's files have a tensor of one
/// name.
Result<void> write_state_dict(const std::filesystem::path& file, const std::vector<TrainedTensor>& tensors);

}  // namespace glimpse::train
