#include "models/weights_file.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "checkpoint/parts.h"

namespace glimpse::models {

Result<void> add_weights(std::vector<FingerprintPart>& parts, const std::filesystem::path& file) {
  parts.push_back({"weights", file});
  if (!checkpoint::is_index_of_parts(file)) return {};
  GLIMPSE_ASSIGN_OR_RETURN(const auto named, checkpoint::parts_of_index(file));
  for (const auto& part : named) parts.push_back({"weights/" + part.filename().string(), part});
  return {};
}

Result<std::filesystem::path> WeightsFile::find(const std::filesystem::path& directory,
                                                std::span<const char* const> names) {
  std::error_code ignored;
  for (const char* name : names) {
    if (std::filesystem::exists(directory / name, ignored)) return directory / name;
  }
  return Error::not_found("{}: expected {}; is the download complete?", display(directory), fmt::join(names, " or "));
}

Result<std::shared_ptr<const checkpoint::Weights>> WeightsFile::bind(std::span<const checkpoint::TensorSpec> specs,
                                                                     const std::vector<std::string>& ignore) const {
  GLIMPSE_ASSIGN_OR_RETURN(std::shared_ptr<const checkpoint::Checkpoint> base, checkpoint::open(file_));
  std::shared_ptr<const checkpoint::Checkpoint> overlay;
  if (!params_.empty()) {
    GLIMPSE_ASSIGN_OR_RETURN(overlay, checkpoint::open(params_));
  }
  GLIMPSE_ASSIGN_OR_RETURN(auto weights,
                           checkpoint::bind(specs, std::move(base), std::move(overlay), {.ignore = ignore}));
  return std::make_shared<const checkpoint::Weights>(std::move(weights));
}

namespace {

// Under its name, or behind a wrapper's prefix ("module.logit_scale" of data-parallel training).
const checkpoint::TensorView* find_behind_prefix(const checkpoint::Checkpoint& file, std::string_view name) {
  const auto tensors = file.tensors();
  const auto found = std::ranges::find_if(tensors, [&](const checkpoint::TensorView& tensor) {
    const std::string_view its = tensor.name;
    return its == name || (its.ends_with(name) && its[its.size() - name.size() - 1] == '.');
  });
  return found == tensors.end() ? nullptr : &*found;
}

}  // namespace

Result<std::optional<float>> WeightsFile::number(std::string_view name) const {
  for (const std::filesystem::path& file : {params_, file_}) {
    if (file.empty()) continue;
    GLIMPSE_ASSIGN_OR_RETURN(const auto opened, checkpoint::open(file));
    const checkpoint::TensorView* tensor = find_behind_prefix(*opened, name);
    if (tensor == nullptr) continue;
    if (checkpoint::element_count(tensor->shape) != 1) {
      return Error::corruption("{}: tensor '{}': expected one number, got {}", display(file), name,
                               checkpoint::to_string(tensor->shape));
    }
    return checkpoint::to_f32(*tensor)[0];
  }
  return std::nullopt;
}

Result<float> WeightsFile::logit_scale() const {
  GLIMPSE_ASSIGN_OR_RETURN(const auto trained, number("logit_scale"));
  if (!trained) return Error::corruption("{}: tensor 'logit_scale' is missing", display(file_));
  const float scale = std::exp(*trained);
  if (!std::isfinite(scale)) return Error::corruption("{}: tensor 'logit_scale' is not finite", display(file_));
  return scale;
}

Result<float> WeightsFile::logit_bias() const {
  GLIMPSE_ASSIGN_OR_RETURN(const auto trained, number("logit_bias"));
  if (trained && !std::isfinite(*trained))
    return Error::corruption("{}: tensor 'logit_bias' is not finite", display(file_));
  return trained.value_or(0.0f);
}

}  // namespace glimpse::models
