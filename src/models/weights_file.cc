#include "models/weights_file.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/file.h"

namespace glimpse::models {

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
const checkpoint::TensorView* find_logit_scale(const checkpoint::Checkpoint& file) {
  const auto tensors = file.tensors();
  const auto found = std::ranges::find_if(tensors, [](const checkpoint::TensorView& tensor) {
    return tensor.name == "logit_scale" || tensor.name.ends_with(".logit_scale");
  });
  return found == tensors.end() ? nullptr : &*found;
}

}  // namespace

Result<float> WeightsFile::logit_scale() const {
  for (const std::filesystem::path& file : {params_, file_}) {
    if (file.empty()) continue;
    GLIMPSE_ASSIGN_OR_RETURN(const auto opened, checkpoint::open(file));
    const checkpoint::TensorView* tensor = find_logit_scale(*opened);
    if (tensor == nullptr) continue;
    if (checkpoint::element_count(tensor->shape) != 1) {
      return Error::corruption("{}: tensor 'logit_scale': expected one number, got {}", display(file),
                               checkpoint::to_string(tensor->shape));
    }
    const float scale = std::exp(checkpoint::to_f32(*tensor)[0]);
    if (!std::isfinite(scale)) return Error::corruption("{}: tensor 'logit_scale' is not finite", display(file));
    return scale;
  }
  return Error::corruption("{}: tensor 'logit_scale' is missing", display(file_));
}

}  // namespace glimpse::models
