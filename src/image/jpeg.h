#pragma once

#include <cstddef>
#include <span>

#include "image/decode.h"

namespace glimpse::image {

/// Reads a JPEG's header. Width and height are those of the upright picture. Errors as decode.
Result<ImageHeader> probe_jpeg(std::span<const std::byte> bytes, const DecodeLimits& limits);

/// Decodes a JPEG on the calling thread. Errors as decode.
Result<DecodedImage> decode_jpeg(std::span<const std::byte> bytes, const DecodeOptions& options);

}  // namespace glimpse::image
