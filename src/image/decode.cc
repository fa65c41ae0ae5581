// One door for every format: size limit, sniff, then the reader that knows the format.
#include "image/decode.h"

#include <new>

#include "image/bmp.h"
#include "image/format.h"
#include "image/jpeg.h"
#include "image/vips_codec.h"

namespace glimpse::image {
namespace {

Result<ImageFormat> format_of(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  if (bytes.empty()) return Error::invalid_argument("empty file: expected a picture, got 0 bytes");
  if (bytes.size() > limits.max_bytes) {
    return Error::resource_exhausted("picture file of {} bytes: the limit is {} bytes", bytes.size(), limits.max_bytes);
  }
  if (const auto format = sniff(bytes)) return *format;
  return Error::invalid_argument(
      "no picture: its first bytes are those of no format known here (JPEG, PNG, BMP, GIF, WebP, TIFF, HEIC, AVIF)");
}

}  // namespace

Result<DecodedImage> decode(std::span<const std::byte> bytes, const DecodeOptions& options) try {
  GLIMPSE_ASSIGN_OR_RETURN(const ImageFormat format, format_of(bytes, options.limits));
  if (format == ImageFormat::kBmp) return decode_bmp(bytes, options.limits);
  if (format == ImageFormat::kJpeg) return decode_jpeg(bytes, options);
  return decode_vips(format, bytes, options);
} catch (const std::bad_alloc&) {
  return Error::resource_exhausted("picture file of {} bytes: not enough memory for its pixels", bytes.size());
}

std::uint64_t decode_cost(const ImageHeader& header) {
  // A progressive JPEG keeps 16 bits for each sample; libheif, GIF and WebP keep the picture beside the pixels handed
  // out.
  constexpr std::uint64_t kBytesOfPixel = 12;
  return kBytesOfPixel * static_cast<std::uint64_t>(header.width) * static_cast<std::uint64_t>(header.height);
}

Result<ImageHeader> probe(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  GLIMPSE_ASSIGN_OR_RETURN(const ImageFormat format, format_of(bytes, limits));
  if (format == ImageFormat::kBmp) return probe_bmp(bytes, limits);
  if (format == ImageFormat::kJpeg) return probe_jpeg(bytes, limits);
  return probe_vips(format, bytes, limits);
}

}  // namespace glimpse::image
