// What was learnt, in the files' own terms. A file's tensor is laid out as its file lays it out, strides and all; then
// every parameter that was cut out of it is written back to where it was cut from.
#include <fmt/format.h>

#include <map>

#include "autograd/learner_state.h"
#include "base/file.h"

namespace glimpse::autograd {
namespace {

using checkpoint::Checkpoint;
using checkpoint::TensorView;
using Files = std::vector<std::unique_ptr<Checkpoint>>;

Result<Files> open_files(const std::vector<std::filesystem::path>& paths) {
  Files files;
  for (const auto& path : paths) {
    GLIMPSE_ASSIGN_OR_RETURN(auto file, checkpoint::open(path));
    files.push_back(std::move(file));
  }
  return files;
}

struct Found {
  const Checkpoint* file = nullptr;
  const TensorView* tensor = nullptr;
};

/// Under its name or, for names out of a wrapped state_dict, the name behind the wrapper's prefix.
Found find(const Files& files, std::string_view name) {
  for (std::string_view rest = name;; rest = rest.substr(rest.find('.') + 1)) {
    for (const auto& file : files) {
      if (const TensorView* tensor = file->find(rest)) return {file.get(), tensor};
    }
    if (!rest.starts_with("module.") && !rest.starts_with("_orig_mod.") && !rest.starts_with("model.")) return {};
  }
}

at::Tensor assembled(const TensorView& whole, const std::vector<const Parameter*>& pieces, const Parameters& parameters,
                     double alpha) {
  const std::size_t size = checkpoint::size_of(whole.dtype);
  const at::Tensor storage = at::zeros({static_cast<std::int64_t>(whole.bytes.size() / size)}, at::kFloat);
  const at::Tensor all = storage.as_strided(whole.shape, whole.strides, 0);
  all.copy_(to_tensor(whole));
  for (const Parameter* piece : pieces) {
    const auto offset = static_cast<std::int64_t>((whole.bytes.size() - piece->view.bytes.size()) / size);
    storage.as_strided(piece->view.shape, piece->view.strides, offset).copy_(parameters.between(*piece, alpha));
  }
  return all.contiguous();
}

Result<void> check_alpha(double alpha) {
  if (alpha >= 0 && alpha <= 1) return {};
  return Error::invalid_argument("alpha: expected 0 (the model as it was) to 1 (as trained), got {}", alpha);
}

}  // namespace

Result<std::vector<TrainedTensor>> Learner::weights(double alpha) const {
  GLIMPSE_RETURN_IF_ERROR(check_alpha(alpha));
  const models::WeightFiles paths = state_->model->weight_files();
  GLIMPSE_ASSIGN_OR_RETURN(const Files own, open_files(paths.own));
  GLIMPSE_ASSIGN_OR_RETURN(const Files over, open_files(paths.params.empty() ? std::vector<std::filesystem::path>()
                                                                             : std::vector{paths.params}));
  std::map<std::string, std::vector<const Parameter*>> by_name;
  for (const auto& [key, parameter] : state_->parameters.all()) {
    if (parameter.trained) by_name[parameter.view.name].push_back(&parameter);
  }
  std::vector<TrainedTensor> tensors;
  for (const auto& [name, pieces] : by_name) {
    const Found source = find(over, name).tensor != nullptr ? find(over, name) : find(own, name);
    const Found target = find(own, name);
    const bool temperature = position_of(name).place == Place::kTemperature;
    if (temperature && target.tensor == nullptr) continue;  // the family keeps it elsewhere or not at all
    if (target.tensor == nullptr || target.tensor->shape != source.tensor->shape) {
      return Error::unsupported(
          "{}: '{}' has no counterpart in the model's own files: save the fine-tuned model in the "
          "layout of the model that it belongs to",
          display(paths.params), name);
    }
    GLIMPSE_ASSIGN_OR_RETURN(const at::Tensor whole, guarded("collect the weights", [&] {
                               return assembled(*source.tensor, pieces, state_->parameters, alpha);
                             }));
    tensors.push_back({.file = target.file->path(),
                       .name = target.tensor->name,
                       .shape = target.tensor->shape,
                       .values = {whole.data_ptr<float>(), whole.data_ptr<float>() + whole.numel()}});
  }
  return tensors;
}

Result<void> Learner::blend(double alpha) {
  GLIMPSE_RETURN_IF_ERROR(check_alpha(alpha));
  return guarded("blend the weights", [&] {
    state_->parameters.blend(alpha);
    state_->alpha = alpha;
  });
}

}  // namespace glimpse::autograd
