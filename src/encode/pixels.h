#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "image/preprocess.h"

namespace glimpse::encode {

/// An encoded picture, every pixel of it decoded, as a model takes it: [3, crop_size, crop_size].
/// Errors: image::decode's; image::preprocess's.
Result<std::vector<float>> pixels_of(std::span<const std::byte> bytes, const image::PreprocessSpec& spec);

}  // namespace glimpse::encode
