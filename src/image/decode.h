#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"
#include "image/details.h"
#include "image/image.h"

namespace glimpse::image {

enum class ImageFormat { kJpeg, kPng, kBmp, kGif, kWebp, kTiff, kHeic, kAvif };

/// "jpeg", "png", …
std::string_view name_of(ImageFormat format);
/// "image/jpeg", …
std::string_view media_type_of(ImageFormat format);

/// No side of a picture may have more pixels: bounds the tables of the resampler.
inline constexpr int kMaxSide = 1'000'000;

/// What we refuse before decoding a single pixel.
struct DecodeLimits {
  std::uint64_t max_bytes = 256ull << 20;
  std::uint64_t max_pixels = 100'000'000;
};

struct DecodeOptions {
  DecodeLimits limits = {};
  /// 0 decodes every pixel (exact). Otherwise a large picture may be shrunk while loading, as long as its shorter side
  /// keeps at least this many pixels: several times faster for camera pictures.
  int min_short_side = 0;
};

/// What the header says, before decoding. Width and height are those of the upright picture.
struct ImageHeader {
  ImageFormat format = ImageFormat::kJpeg;
  int width = 0;
  int height = 0;
  int orientation = 1;  ///< EXIF, 1 to 8.
  PictureDetails details = {};
};

struct DecodedImage {
  Image image;
  ImageHeader header;
};

/// Decodes one picture (of an animation: the first frame). Thread-safe.
/// Errors: invalid_argument (empty, no picture format known to us), unsupported (a known format, but a feature or codec
/// we lack), corruption (damaged or cut short), resource_exhausted (over a limit; nothing was allocated).
Result<DecodedImage> decode(std::span<const std::byte> bytes, const DecodeOptions& options = {});

/// Reads the header alone. Errors as decode.
Result<ImageHeader> probe(std::span<const std::byte> bytes, const DecodeLimits& limits = {});

/// Bytes of memory that decoding a picture takes at the most: the codec's own buffers, its pixels, and a copy of them
/// turned upright.
std::uint64_t decode_cost(const ImageHeader& header);

/// Whether a file of this name is worth opening: its extension, in any case, is one that we decode.
bool has_picture_extension(std::string_view file_name);

}  // namespace glimpse::image
