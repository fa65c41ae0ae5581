#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "image/decode.h"

namespace glimpse::image {

/// Reads the header with libvips: every format but JPEG and BMP. Width and height are those of the upright picture.
/// Errors as decode.
Result<ImageHeader> probe_vips(ImageFormat format, std::span<const std::byte> bytes, const DecodeLimits& limits);

/// Decodes with libvips: every format but JPEG and BMP. Errors as decode.
Result<DecodedImage> decode_vips(ImageFormat format, std::span<const std::byte> bytes, const DecodeOptions& options);

/// Baseline JPEG, 4:2:0, no metadata. Errors: internal (libvips refused), resource_exhausted (a side over 65535).
Result<std::vector<std::byte>> encode_jpeg(const Image& image, int quality);

}  // namespace glimpse::image
