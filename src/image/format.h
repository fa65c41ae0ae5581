#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "image/decode.h"

namespace glimpse::image {

/// The format that the first bytes announce; nothing when they are no picture's that we know. Never reads a name.
std::optional<ImageFormat> sniff(std::span<const std::byte> bytes);

/// Refuses width × height over the limits before anything is allocated. Errors: corruption (a side is 0),
/// resource_exhausted (too many pixels, or a side over kMaxSide).
Result<void> check_dimensions(ImageFormat format, std::int64_t width, std::int64_t height, const DecodeLimits& limits);

/// What to say of a picture whose `part` ("header is", "pixels are") cannot be read.
Error damaged(ImageFormat format, std::string_view part);

}  // namespace glimpse::image
