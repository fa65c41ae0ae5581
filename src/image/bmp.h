#pragma once

#include <cstddef>
#include <span>

#include "image/decode.h"

namespace glimpse::image {

/// Reads a BMP header. Errors as decode.
Result<ImageHeader> probe_bmp(std::span<const std::byte> bytes, const DecodeLimits& limits);

/// Decodes a BMP: 1, 4, 8, 16, 24 or 32 bits, palette or bit masks, RLE4 and RLE8, bottom-up and top-down.
/// Errors as decode.
Result<DecodedImage> decode_bmp(std::span<const std::byte> bytes, const DecodeLimits& limits);

}  // namespace glimpse::image
