#pragma once

#include <array>
#include <span>

#include "base/result.h"
#include "image/image.h"

namespace glimpse::image {

enum class ResizeFilter { kNearest, kBilinear, kBicubic, kLanczos };

enum class ResizeMode {
  kShortestEdgeCenterCrop,  ///< Shorter side to resize_size keeping the ratio, then the centre crop_size square (CLIP).
  kSquash,                  ///< The whole picture to crop_size × crop_size, ratio ignored (SigLIP, glimpse-small).
};

/// Where a centre crop of c pixels out of r begins when r - c is odd.
enum class CropStart {
  kFloor,    ///< floor((r - c) / 2): transformers.
  kNearest,  ///< (r - c) / 2 to the nearest integer, halves to the even one: torchvision, so OpenAI and open_clip.
};

/// How a model wants its pictures. Part of the model, loaded with it; never a constant in code.
struct PreprocessSpec {
  ResizeMode mode = ResizeMode::kShortestEdgeCenterCrop;
  ResizeFilter filter = ResizeFilter::kBicubic;
  CropStart crop_start = CropStart::kFloor;
  int resize_size = 224;
  int crop_size = 224;
  float rescale = 1.0f / 255.0f;
  std::array<float, 3> mean = {0, 0, 0};
  std::array<float, 3> stddev = {1, 1, 1};
  bool operator==(const PreprocessSpec&) const = default;
};

/// Picture → model input: resize as Pillow does it (antialiased, 8-bit between the two passes), crop, rescale,
/// normalize. out: [3, crop_size, crop_size] f32. Thread-safe. Errors: invalid_argument when the image is empty, the
/// spec impossible, or `out` has the wrong size.
Result<void> preprocess(const Image& image, const PreprocessSpec& spec, std::span<float> out);

/// Pillow's `Image.resize(…, reducing_gap=None)` for 8-bit RGB, equal bit for bit.
/// Source: Pillow, src/libImaging/Resample.c (two separable passes, fixed-point coefficients).
Result<Image> resize(const Image& image, int width, int height, ResizeFilter filter);

}  // namespace glimpse::image
