#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "image/image.h"
#include "image/preprocess.h"

namespace glimpse::train {

/// How much a picture is changed before each look at it.
struct Augmentation {
  double least_area = 1;  ///< A random part of the picture, at least this share of its area; 1: the model's own view.
  double stretch = 1;     ///< Its sides' ratio changes by up to this factor.
  bool flip = false;      ///< Mirrored in half of the cases, where no caption of the picture tells left from right.
  double jitter = 0;      ///< Brightness, contrast and saturation change by up to this share.
  bool operator==(const Augmentation&) const = default;
};

/// "none"; "mild" (0.9 of the area, as open_clip fine-tunes; mirrored; jitter 0.1); "strong" (0.5; mirrored; 0.3).
/// Errors: invalid_argument.
Result<Augmentation> parse_augmentation(std::string_view name);

/// Whether mirroring could make a caption wrong: it has a word such as "left" or "right".
bool tells_sides(std::string_view caption);

/// What a look at a picture depends on: the same numbers give the same pixels.
struct LookSeed {
  std::uint64_t seed = 0, epoch = 0, picture = 0;
};

/// The picture, changed, as a model takes it: [3, crop_size, crop_size]. Sizes are brought about by image::preprocess
/// with the model's filter, mean and deviation. mirror: whether it may be mirrored. Errors: as image::preprocess.
Result<void> look(const image::Image& image, const image::PreprocessSpec& spec, const Augmentation& augmentation,
                  bool mirror, const LookSeed& seed, std::span<float> out);

}  // namespace glimpse::train
