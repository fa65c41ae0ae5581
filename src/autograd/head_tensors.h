#pragma once
// Shared by this room's .cc files; no other room sees libtorch.

#include <torch/torch.h>

#include "heads/material.h"
#include "heads/matrix.h"

namespace glimpse::autograd {

/// The matrix's own memory, which must outlive the tensor.
torch::Tensor view(const heads::Matrix& matrix);
heads::Matrix to_matrix(const torch::Tensor& rows);
std::vector<float> to_vector(const torch::Tensor& values);

/// Each row brought to unit length.
torch::Tensor unit(const torch::Tensor& rows);

/// Unit rows: [n, features] → [n, width].
torch::Tensor read_pictures(const heads::LinearHead& head, const torch::Tensor& x);
torch::Tensor read_texts(const heads::LinearHead& head, const torch::Tensor& t);

/// heads::Material as tensors: pictures normalized as a head normalizes them. Borrows the texts.
struct Tensors {
  explicit Tensors(const heads::Material& material);
  torch::Tensor pictures;               ///< [versions, pictures, picture features]
  torch::Tensor texts;                  ///< [texts, sentence features]
  std::vector<std::int64_t> captioned;  ///< Which pictures have captions of their own,
  std::vector<std::int64_t> labelled;   ///< and which only a class.
};

}  // namespace glimpse::autograd
