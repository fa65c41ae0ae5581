#include "autograd/head_tensors.h"

namespace glimpse::autograd {
namespace {

constexpr double kLayerNormEpsilon = 1e-5;  // models/dual.cc's

torch::Tensor bias(const std::vector<float>& values) {
  return torch::from_blob(const_cast<float*>(values.data()), {static_cast<std::int64_t>(values.size())});
}

}  // namespace

torch::Tensor unit(const torch::Tensor& rows) {
  return torch::nn::functional::normalize(rows, torch::nn::functional::NormalizeFuncOptions().dim(-1));
}

torch::Tensor view(const heads::Matrix& matrix) {
  return torch::from_blob(const_cast<float*>(matrix.values.data()), {matrix.rows, matrix.columns});
}

heads::Matrix to_matrix(const torch::Tensor& rows) {
  return {.rows = rows.size(0), .columns = rows.size(1), .values = to_vector(rows)};
}

std::vector<float> to_vector(const torch::Tensor& values) {
  const torch::Tensor dense = values.detach().to(torch::kFloat).contiguous();
  return {dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel()};
}

torch::Tensor read_pictures(const heads::LinearHead& head, const torch::Tensor& x) {
  return unit(torch::linear(x, view(head.picture_weight), bias(head.picture_bias)));
}

torch::Tensor read_texts(const heads::LinearHead& head, const torch::Tensor& t) {
  return unit(torch::linear(t, view(head.text_weight), bias(head.text_bias)));
}

Tensors::Tensors(const heads::Material& material) : texts(view(material.texts)) {
  std::vector<torch::Tensor> versions;
  for (const heads::Matrix& version : material.versions) {
    versions.push_back(torch::layer_norm(view(version), {version.columns}, {}, {}, kLayerNormEpsilon));
  }
  pictures = torch::stack(versions);
  for (std::size_t i = 0; i < material.pictures.size(); ++i) {
    if (material.pictures[i].held_out) continue;
    (material.pictures[i].labelled ? labelled : captioned).push_back(static_cast<std::int64_t>(i));
  }
}

}  // namespace glimpse::autograd
