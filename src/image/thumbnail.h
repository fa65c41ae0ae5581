#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "image/decode.h"
#include "image/image.h"

namespace glimpse::image {

/// A JPEG of the picture, its longer side at most max_side pixels (never enlarged), quality 1 to 100, no metadata.
Result<std::vector<std::byte>> thumbnail_jpeg(const Image& image, int max_side, int quality = 82);

/// The same from an encoded file, decoding no more pixels than needed. Errors as decode.
Result<std::vector<std::byte>> thumbnail_jpeg(std::span<const std::byte> bytes, int max_side,
                                              const DecodeLimits& limits = {}, int quality = 82);

}  // namespace glimpse::image
