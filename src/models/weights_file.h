#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "checkpoint/bind.h"

namespace glimpse::models {

/// A model's weights: one file, or one with a fine-tuned state_dict over it. Each call maps the file anew, so a tower
/// holds its weights no longer than it needs them. Immutable.
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

 private:
  std::filesystem::path file_, params_;
};

}  // namespace glimpse::models
