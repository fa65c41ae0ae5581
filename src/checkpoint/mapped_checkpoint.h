#pragma once

#include <algorithm>
#include <filesystem>
#include <span>
#include <utility>
#include <vector>

#include "base/file.h"
#include "checkpoint/checkpoint.h"

namespace glimpse::checkpoint {

/// A checkpoint whose tensors point into one mapped file.
class MappedCheckpoint final : public Checkpoint {
 public:
  MappedCheckpoint(std::filesystem::path path, MappedFile file, std::vector<TensorView> tensors)
      : Checkpoint(std::move(path)), file_(std::move(file)), tensors_(std::move(tensors)) {
    std::ranges::sort(tensors_, {}, &TensorView::name);
  }

  std::span<const TensorView> tensors() const override { return tensors_; }

 private:
  MappedFile file_;
  std::vector<TensorView> tensors_;
};

/// The strides, in elements, of a dense row-major tensor whose element count does not overflow; all 1 when it is empty
/// (the product of its other sizes might overflow).
inline Shape dense_strides(const Shape& shape) {
  Shape strides(shape.size(), 1);
  if (std::ranges::find(shape, 0) != shape.end()) return strides;
  for (std::size_t axis = shape.size(); axis > 1; --axis) {
    strides[axis - 2] = strides[axis - 1] * shape[axis - 1];
  }
  return strides;
}

}  // namespace glimpse::checkpoint
