// Which format do these bytes have? Decided by the signatures that the formats' own specifications give, so a wrong
// file name never matters. ISO base media files (HEIC, AVIF) carry their brands in the leading `ftyp` box.
#include "image/format.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace glimpse::image {
namespace {

bool starts_with(std::span<const std::byte> bytes, std::string_view signature, std::size_t offset = 0) {
  return bytes.size() >= offset + signature.size() &&
         std::memcmp(bytes.data() + offset, signature.data(), signature.size()) == 0;
}

bool is_any_of(std::string_view brand, std::span<const std::string_view> brands) {
  return std::find(brands.begin(), brands.end(), brand) != brands.end();
}

/// size u32 | "ftyp" | major brand | minor version | compatible brand … Source: ISO/IEC 14496-12, section 4.3.
std::optional<ImageFormat> sniff_iso_media(std::span<const std::byte> bytes) {
  static constexpr std::array<std::string_view, 2> kAvifBrands = {"avif", "avis"};
  static constexpr std::array<std::string_view, 8> kHeicBrands = {"heic", "heix", "hevc", "hevx",
                                                                  "heim", "heis", "mif1", "msf1"};
  constexpr std::size_t kMaxBoxBytes = 256;
  std::size_t end = 0;
  for (std::size_t i = 0; i < 4; ++i) end = end << 8 | std::to_integer<std::size_t>(bytes[i]);
  end = std::min({end, bytes.size(), kMaxBoxBytes});
  std::optional<ImageFormat> found;
  for (std::size_t at = 8; at + 4 <= end; at += 4) {
    if (at == 12) continue;  // The minor version is no brand.
    const std::string_view brand(reinterpret_cast<const char*>(bytes.data()) + at, 4);
    if (is_any_of(brand, kAvifBrands)) return ImageFormat::kAvif;
    if (is_any_of(brand, kHeicBrands)) found = ImageFormat::kHeic;
  }
  return found;
}

}  // namespace

std::optional<ImageFormat> sniff(std::span<const std::byte> bytes) {
  using namespace std::string_view_literals;
  if (starts_with(bytes, "\xFF\xD8\xFF"sv)) return ImageFormat::kJpeg;
  if (starts_with(bytes, "\x89PNG\r\n\x1A\n"sv)) return ImageFormat::kPng;
  if (starts_with(bytes, "GIF87a"sv) || starts_with(bytes, "GIF89a"sv)) return ImageFormat::kGif;
  if (starts_with(bytes, "RIFF"sv) && starts_with(bytes, "WEBP"sv, 8)) return ImageFormat::kWebp;
  if (starts_with(bytes, "II*\0"sv) || starts_with(bytes, "MM\0*"sv)) return ImageFormat::kTiff;
  if (starts_with(bytes, "II+\0"sv) || starts_with(bytes, "MM\0+"sv)) return ImageFormat::kTiff;  // BigTIFF
  if (starts_with(bytes, "ftyp"sv, 4)) return sniff_iso_media(bytes);
  // Two letters are a weak signature, a text may begin so: the size of the info header, below 256, must follow.
  if (starts_with(bytes, "BM"sv) && starts_with(bytes, "\0\0\0"sv, 15)) return ImageFormat::kBmp;
  return std::nullopt;
}

std::string_view name_of(ImageFormat format) {
  switch (format) {
    case ImageFormat::kJpeg:
      return "jpeg";
    case ImageFormat::kPng:
      return "png";
    case ImageFormat::kBmp:
      return "bmp";
    case ImageFormat::kGif:
      return "gif";
    case ImageFormat::kWebp:
      return "webp";
    case ImageFormat::kTiff:
      return "tiff";
    case ImageFormat::kHeic:
      return "heic";
    case ImageFormat::kAvif:
      return "avif";
  }
  return "unknown";
}

std::string_view media_type_of(ImageFormat format) {
  switch (format) {
    case ImageFormat::kJpeg:
      return "image/jpeg";
    case ImageFormat::kPng:
      return "image/png";
    case ImageFormat::kBmp:
      return "image/bmp";
    case ImageFormat::kGif:
      return "image/gif";
    case ImageFormat::kWebp:
      return "image/webp";
    case ImageFormat::kTiff:
      return "image/tiff";
    case ImageFormat::kHeic:
      return "image/heic";
    case ImageFormat::kAvif:
      return "image/avif";
  }
  return "application/octet-stream";
}

bool has_picture_extension(std::string_view file_name) {
  static constexpr std::array<std::string_view, 14> kExtensions = {
      "jpg", "jpeg", "jpe", "jfif", "png", "bmp", "dib", "gif", "webp", "tif", "tiff", "heic", "heif", "avif"};
  const std::size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  std::string extension(file_name.substr(dot + 1));
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return is_any_of(extension, kExtensions);
}

Result<void> check_dimensions(ImageFormat format, std::int64_t width, std::int64_t height, const DecodeLimits& limits) {
  if (width <= 0 || height <= 0) {
    return Error::corruption("{} picture: expected at least 1 x 1 pixels, its header says {} x {}", name_of(format),
                             width, height);
  }
  if (width > kMaxSide || height > kMaxSide) {
    return Error::resource_exhausted("{} picture of {} x {} pixels: a side may have {} pixels; scale it down",
                                     name_of(format), width, height, kMaxSide);
  }
  const auto pixels = static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
  if (pixels > limits.max_pixels) {
    return Error::resource_exhausted("{} picture of {} x {} pixels: the limit is {} pixels; scale it down",
                                     name_of(format), width, height, limits.max_pixels);
  }
  return {};
}

Error damaged(ImageFormat format, std::string_view part) {
  return Error::corruption("{} picture: its {} damaged or cut short; copy the file again", name_of(format), part);
}

}  // namespace glimpse::image
