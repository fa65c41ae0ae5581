#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "checkpoint/bind.h"
#include "models/fingerprint.h"

namespace glimpse::models {

/// What Hugging Face calls a model's weights; of those that are there, the first one counts.
inline constexpr std::array<const char*, 4> kHuggingFaceWeights = {"model.safetensors", "model.safetensors.index.json",
                                                                   "pytorch_model.bin", "pytorch_model.bin.index.json"};

/// Adds the weights to what a model's fingerprint is made of: the file, or an index and all parts that it names.
/// Errors: checkpoint::parts_of_index's.
Result<void> add_weights(std::vector<FingerprintPart>& parts, const std::filesystem::path& file);

/// A model's weights: one file (or an index of several), or one with a fine-tuned state_dict over it. Each call maps
/// the file anew, so a tower holds its weights no longer than it needs them. Immutable.
class WeightsFile {
 public:
  /// params: empty for none.
  explicit WeightsFile(std::filesystem::path file, std::filesystem::path params = {})
      : file_(std::move(file)), params_(std::move(params)) {}

  /// The first of `names` that is in the directory. Errors: not_found.
  static Result<std::filesystem::path> find(const std::filesystem::path& directory, std::span<const char* const> names);

  const std::filesystem::path& file() const { return file_; }
  const std::filesystem::path& params() const { return params_; }

  /// Errors: checkpoint::open's and checkpoint::bind's.
  Result<std::shared_ptr<const checkpoint::Weights>> bind(std::span<const checkpoint::TensorSpec> specs,
                                                          const std::vector<std::string>& ignore) const;

  /// exp of the trained `logit_scale`, the fine-tuned one if there is one. Errors: corruption when there is none.
  Result<float> logit_scale() const;
  /// The trained `logit_bias`, which SigLIP has; 0 when there is none. Errors: corruption when it is no number.
  Result<float> logit_bias() const;

 private:
  /// The number of that name, the fine-tuned one if there is one. Errors: checkpoint::open's; corruption.
  Result<std::optional<float>> number(std::string_view name) const;

  std::filesystem::path file_, params_;
};

}  // namespace glimpse::models
