#include "autograd/ensemble_file.h"

#include <fmt/format.h>

#include "base/file.h"
#include "checkpoint/checkpoint.h"

namespace glimpse::autograd {
namespace {

constexpr const char* kLabels = "image.label_embeddings";
constexpr const char* kProjection = "projection.weight";

using checkpoint::Checkpoint;
using checkpoint::TensorView;

Result<const TensorView*> find(const Checkpoint& file, const std::string& name, std::size_t dimensions) {
  const TensorView* view = file.find(name);
  if (view != nullptr && view->shape.size() == dimensions) return view;
  return Error::corruption("{}: expected a tensor {} of {} dimensions", display(file.path()), name, dimensions);
}

Result<heads::Matrix> matrix(const Checkpoint& file, const std::string& name) {
  GLIMPSE_ASSIGN_OR_RETURN(const TensorView* view, find(file, name, 2));
  return heads::Matrix{.rows = view->shape[0], .columns = view->shape[1], .values = checkpoint::to_f32(*view)};
}

Result<std::vector<float>> row(const Checkpoint& file, const std::string& name) {
  GLIMPSE_ASSIGN_OR_RETURN(const TensorView* view, find(file, name, 1));
  return checkpoint::to_f32(*view);
}

Result<heads::LinearHead> read_head(const Checkpoint& file, const std::string& prefix) {
  heads::LinearHead head;
  GLIMPSE_ASSIGN_OR_RETURN(head.picture_weight, matrix(file, prefix + "image.weight"));
  GLIMPSE_ASSIGN_OR_RETURN(head.picture_bias, row(file, prefix + "image.bias"));
  GLIMPSE_ASSIGN_OR_RETURN(head.text_weight, matrix(file, prefix + "text.weight"));
  GLIMPSE_ASSIGN_OR_RETURN(head.text_bias, row(file, prefix + "text.bias"));
  GLIMPSE_ASSIGN_OR_RETURN(const auto scale, row(file, prefix + "scale"));
  GLIMPSE_ASSIGN_OR_RETURN(const auto normalized, row(file, prefix + "layer_norm"));
  if (scale.size() != 1 || normalized.size() != 1) {
    return Error::corruption("{}: {}: expected one scale and one layer_norm", display(file.path()), prefix);
  }
  head.scale = scale[0];
  head.normalizes = normalized[0] > 0.5f;
  return head;
}

Result<Ensemble> ensemble_of(const Checkpoint& file) {
  if (file.find(kProjection) == nullptr) {
    return Error::unsupported("{}: heads without a shared projection", display(file.path()));
  }
  Ensemble ensemble;
  for (int k = 0; file.find(fmt::format("heads.{}.image.weight", k)) != nullptr; ++k) {
    GLIMPSE_ASSIGN_OR_RETURN(auto head, read_head(file, fmt::format("heads.{}.", k)));
    ensemble.heads.push_back(std::move(head));
  }
  GLIMPSE_ASSIGN_OR_RETURN(ensemble.projection, matrix(file, kProjection));
  return ensemble;
}

}  // namespace

Result<Ensemble> read_ensemble(const std::filesystem::path& path) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto file, checkpoint::open(path));
  return ensemble_of(*file);
}

Result<void> write_ensemble(const Ensemble& ensemble, const std::filesystem::path& original,
                            const std::filesystem::path& path) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto file, checkpoint::open(original));
  GLIMPSE_ASSIGN_OR_RETURN(const heads::Matrix labels, matrix(*file, kLabels));
  static constexpr float kYes = 1, kNo = 0;
  std::vector<checkpoint::TensorToWrite> tensors;
  const auto add = [&](std::string name, checkpoint::Shape shape, std::span<const float> values, bool exact = false) {
    tensors.push_back({.name = std::move(name),
                       .shape = std::move(shape),
                       .values = values,
                       .dtype = exact ? checkpoint::DType::kF32 : checkpoint::DType::kF16});
  };
  const auto add_matrix = [&](std::string name, const heads::Matrix& m) {
    add(std::move(name), {m.rows, m.columns}, m.values);
  };
  for (std::size_t k = 0; k < ensemble.heads.size(); ++k) {
    const heads::LinearHead& head = ensemble.heads[k];
    const std::string prefix = fmt::format("heads.{}.", k);
    add_matrix(prefix + "image.weight", head.picture_weight);
    add(prefix + "image.bias", {head.picture_weight.rows}, head.picture_bias);
    add_matrix(prefix + "text.weight", head.text_weight);
    add(prefix + "text.bias", {head.text_weight.rows}, head.text_bias);
    add(prefix + "scale", {1}, std::span(&head.scale, 1), true);
    add(prefix + "layer_norm", {1}, std::span(head.normalizes ? &kYes : &kNo, 1), true);
  }
  add_matrix(kProjection, ensemble.projection);
  add_matrix(kLabels, labels);
  return checkpoint::write_safetensors(path, tensors,
                                       std::vector<std::pair<std::string, std::string>>{{"format", "pt"}});
}

}  // namespace glimpse::autograd
