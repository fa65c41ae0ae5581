// Windows bitmaps. libvips reads BMP only through ImageMagick, which is kept out as unfuzzed, hence this reader.
//
//   file header 14 | info header 12 (OS/2) or 40..124 | bit masks (if any) | palette (BGR or BGR0) | … | rows at
//   `offset`
//
// Every number of the header is checked against the limits and the size of the file before a pixel is allocated, and
// every read goes through a span whose size was checked. Rows are padded to 4 bytes and stand bottom-up unless the
// height is negative. Run-length coded pictures may end early or skip pixels: what is skipped has palette colour 0.
// Source: Microsoft, "Bitmap Storage" and "Bitmap Compression" (BITMAPFILEHEADER, BITMAPINFOHEADER, BITMAPV5HEADER).
#include "image/bmp.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>

#include "image/format.h"

namespace glimpse::image {
namespace {

using Bytes = std::span<const std::byte>;
using Rgb = std::array<std::uint8_t, 3>;

enum Compression : std::uint32_t { kRgb = 0, kRle8 = 1, kRle4 = 2, kBitFields = 3, kAlphaBitFields = 6 };

constexpr std::size_t kFileHeaderBytes = 14;
constexpr std::uint32_t kCoreHeaderBytes = 12;
constexpr std::uint32_t kInfoHeaderBytes = 40;

struct BmpHeader {
  std::int64_t width = 0;
  std::int64_t height = 0;
  bool top_down = false;
  std::uint32_t bits = 0;
  std::uint32_t compression = kRgb;
  std::size_t pixel_offset = 0;
  std::array<std::uint32_t, 4> masks = {};  ///< Red, green, blue, alpha; of 16- and 32-bit pictures.
  std::array<Rgb, 256> palette = {};        ///< Entries that the file lacks are black.
};

std::uint32_t u8(Bytes bytes, std::size_t at) { return std::to_integer<std::uint32_t>(bytes[at]); }
std::uint32_t u16(Bytes bytes, std::size_t at) { return u8(bytes, at) | u8(bytes, at + 1) << 8; }
std::uint32_t u32(Bytes bytes, std::size_t at) { return u16(bytes, at) | u16(bytes, at + 2) << 16; }

Error cut_short(std::size_t expected, std::size_t got) {
  return Error::corruption("bmp picture is cut short: expected {} bytes, got {}; copy the file again", expected, got);
}

std::size_t bytes_per_row(const BmpHeader& header) {
  return (static_cast<std::size_t>(header.width) * header.bits + 31) / 32 * 4;
}

Result<void> read_sizes(Bytes bytes, std::uint32_t info_bytes, BmpHeader& header) {
  if (info_bytes == kCoreHeaderBytes) {
    header.width = u16(bytes, 18);
    header.height = u16(bytes, 20);
    header.bits = u16(bytes, 24);
    return {};
  }
  header.width = std::bit_cast<std::int32_t>(u32(bytes, 18));
  header.height = std::bit_cast<std::int32_t>(u32(bytes, 22));
  header.top_down = header.height < 0;
  header.height = std::abs(header.height);
  header.bits = u16(bytes, 28);
  header.compression = u32(bytes, 30);
  return {};
}

Result<void> check_encoding(const BmpHeader& header) {
  const std::uint32_t bits = header.bits;
  if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32) {
    return Error::unsupported("bmp picture: {} bits a pixel; known are 1, 4, 8, 16, 24 and 32", bits);
  }
  const bool masked = header.compression == kBitFields || header.compression == kAlphaBitFields;
  const bool known = header.compression == kRgb || (header.compression == kRle8 && bits == 8) ||
                     (header.compression == kRle4 && bits == 4) || (masked && (bits == 16 || bits == 32));
  if (!known) {
    return Error::unsupported("bmp picture: compression {} with {} bits a pixel; save it as a plain 24-bit BMP or PNG",
                              header.compression, bits);
  }
  if (header.top_down && (header.compression == kRle8 || header.compression == kRle4)) {
    return Error::corruption("bmp picture: run-length coding cannot be top-down");
  }
  return {};
}

/// Bit masks: given, inside the header or right behind it, or the defaults 5-5-5 and 8-8-8.
Result<void> read_masks(Bytes bytes, std::uint32_t info_bytes, BmpHeader& header) {
  if (header.compression != kBitFields && header.compression != kAlphaBitFields) {
    header.masks = header.bits == 16 ? std::array<std::uint32_t, 4>{0x7C00, 0x03E0, 0x001F, 0}
                                     : std::array<std::uint32_t, 4>{0xFF0000, 0x00FF00, 0x0000FF, 0};
    return {};
  }
  const std::size_t at = kFileHeaderBytes + kInfoHeaderBytes;
  const bool has_alpha = info_bytes >= 56 || header.compression == kAlphaBitFields;
  const std::size_t count = has_alpha ? 4 : 3;
  if (bytes.size() < at + 4 * count) return cut_short(at + 4 * count, bytes.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t mask = u32(bytes, at + 4 * i);
    const std::uint32_t run = mask == 0 ? 0 : mask >> std::countr_zero(mask);
    if ((run & (run + 1)) != 0) return Error::corruption("bmp picture: bit mask {:#x} has a gap", mask);
    header.masks[i] = mask;
  }
  return {};
}

Result<void> read_palette(Bytes bytes, std::uint32_t info_bytes, BmpHeader& header) {
  if (header.bits > 8) return {};
  const std::size_t entry_bytes = info_bytes == kCoreHeaderBytes ? 3 : 4;
  const std::size_t begin = kFileHeaderBytes + info_bytes;
  const std::uint32_t declared = info_bytes == kCoreHeaderBytes ? 0 : u32(bytes, 46);
  std::size_t count = std::size_t{1} << header.bits;
  if (declared != 0) count = std::min<std::size_t>(count, declared);
  const std::size_t end = std::min(bytes.size(), header.pixel_offset);
  for (std::size_t i = 0, at = begin; i < count && at + entry_bytes <= end; ++i, at += entry_bytes) {
    header.palette[i] = {std::to_integer<std::uint8_t>(bytes[at + 2]), std::to_integer<std::uint8_t>(bytes[at + 1]),
                         std::to_integer<std::uint8_t>(bytes[at])};
  }
  return {};
}

Result<BmpHeader> read_header(Bytes bytes, const DecodeLimits& limits) {
  const std::size_t least = kFileHeaderBytes + kCoreHeaderBytes;
  if (bytes.size() < least) return cut_short(least, bytes.size());
  const std::uint32_t info_bytes = u32(bytes, kFileHeaderBytes);
  if (info_bytes != kCoreHeaderBytes && (info_bytes < kInfoHeaderBytes || info_bytes > 124)) {
    return Error::unsupported("bmp picture: info header of {} bytes; known are 12 and 40 to 124", info_bytes);
  }
  if (bytes.size() < kFileHeaderBytes + info_bytes) return cut_short(kFileHeaderBytes + info_bytes, bytes.size());
  BmpHeader header;
  header.pixel_offset = u32(bytes, 10);
  GLIMPSE_RETURN_IF_ERROR(read_sizes(bytes, info_bytes, header));
  GLIMPSE_RETURN_IF_ERROR(check_dimensions(ImageFormat::kBmp, header.width, header.height, limits));
  GLIMPSE_RETURN_IF_ERROR(check_encoding(header));
  GLIMPSE_RETURN_IF_ERROR(read_masks(bytes, info_bytes, header));
  GLIMPSE_RETURN_IF_ERROR(read_palette(bytes, info_bytes, header));
  if (header.pixel_offset < kFileHeaderBytes + info_bytes) {
    return Error::corruption("bmp picture: its pixels begin at byte {}, inside its header", header.pixel_offset);
  }
  return header;
}

ImageHeader public_header(const BmpHeader& header) {
  return {.format = ImageFormat::kBmp,
          .width = static_cast<int>(header.width),
          .height = static_cast<int>(header.height),
          .orientation = 1};
}

/// One row of palette indices of 1, 4 or 8 bits, the leftmost pixel in the highest bits.
void decode_indexed_row(const BmpHeader& header, Bytes row, std::uint8_t* out) {
  const std::uint32_t per_byte = 8 / header.bits;
  const std::uint32_t mask = (1u << header.bits) - 1;
  for (std::size_t x = 0; x < static_cast<std::size_t>(header.width); ++x) {
    const std::uint32_t shift = (per_byte - 1 - static_cast<std::uint32_t>(x % per_byte)) * header.bits;
    out = std::ranges::copy(header.palette[u8(row, x / per_byte) >> shift & mask], out).out;
  }
}

/// The bits of `mask` in `pixel`, stretched to 0..255 (an absent channel is 255 for alpha, 0 for a colour).
std::uint32_t channel(std::uint32_t pixel, std::uint32_t mask, std::uint32_t absent) {
  if (mask == 0) return absent;
  const int shift = std::countr_zero(mask);
  const std::uint64_t highest = mask >> shift;
  const std::uint64_t value = (pixel & mask) >> shift;
  return static_cast<std::uint32_t>(value * 255 / highest);
}

void decode_masked_row(const BmpHeader& header, Bytes row, std::uint8_t* out) {
  for (std::size_t x = 0; x < static_cast<std::size_t>(header.width); ++x) {
    const std::uint32_t pixel = header.bits == 16 ? u16(row, 2 * x) : u32(row, 4 * x);
    const std::uint32_t alpha = channel(pixel, header.masks[3], 255);
    for (std::size_t c = 0; c < 3; ++c) {
      const std::uint32_t colour = channel(pixel, header.masks[c], 0);
      *out++ = static_cast<std::uint8_t>((colour * alpha + 255 * (255 - alpha) + 127) / 255);
    }
  }
}

void decode_bgr_row(const BmpHeader& header, Bytes row, std::uint8_t* out) {
  const auto* in = reinterpret_cast<const std::uint8_t*>(row.data());
  const std::size_t step = header.bits / 8;
  for (std::int64_t x = 0; x < header.width; ++x, in += step, out += 3) {
    out[0] = in[2];
    out[1] = in[1];
    out[2] = in[0];
  }
}

Result<void> decode_rows(const BmpHeader& header, Bytes bytes, Image& image) {
  const std::size_t stride = bytes_per_row(header);
  const auto height = static_cast<std::size_t>(header.height);
  for (std::size_t y = 0; y < height; ++y) {
    const Bytes row = bytes.subspan(header.pixel_offset + y * stride, stride);
    const std::size_t target = header.top_down ? y : height - 1 - y;
    std::uint8_t* out = image.rgb.data() + target * static_cast<std::size_t>(header.width) * 3;
    if (header.bits <= 8) {
      decode_indexed_row(header, row, out);
    } else if (header.compression == kRgb && header.bits >= 24) {
      decode_bgr_row(header, row, out);
    } else {
      decode_masked_row(header, row, out);
    }
  }
  return {};
}

/// Run-length coding: (n, v) repeats v n times; (0, 0) ends a row, (0, 1) the picture, (0, 2, dx, dy) moves, and
/// (0, n >= 3) copies n pixels, padded to 2 bytes. In RLE4 a byte holds two pixels, which alternate.
class RunLengthReader {
 public:
  RunLengthReader(const BmpHeader& header, Bytes data, Image& image) : header_(header), data_(data), image_(image) {}

  Result<void> read() {
    while (!ended_) {
      if (at_ + 2 > data_.size()) return cut_short(header_.pixel_offset + at_ + 2, header_.pixel_offset + data_.size());
      const std::uint32_t count = u8(data_, at_);
      const std::uint32_t value = u8(data_, at_ + 1);
      at_ += 2;
      if (count > 0) {
        for (std::uint32_t i = 0; i < count; ++i) put(index_of(value, i));
      } else {
        GLIMPSE_RETURN_IF_ERROR(escape(value));
      }
      if (y_ >= header_.height) ended_ = true;
    }
    return {};
  }

 private:
  std::uint32_t index_of(std::uint32_t byte, std::uint32_t i) const {
    if (header_.bits == 8) return byte;
    return i % 2 == 0 ? byte >> 4 : byte & 15;
  }

  Result<void> escape(std::uint32_t code) {
    if (code == 0) {
      x_ = 0;
      ++y_;
    } else if (code == 1) {
      ended_ = true;
    } else if (code == 2) {
      if (at_ + 2 > data_.size()) return cut_short(header_.pixel_offset + at_ + 2, header_.pixel_offset + data_.size());
      x_ += u8(data_, at_);
      y_ += u8(data_, at_ + 1);
      at_ += 2;
    } else {
      return literal(code);
    }
    return {};
  }

  Result<void> literal(std::uint32_t count) {
    const std::size_t used = header_.bits == 8 ? count : (count + 1) / 2;
    if (at_ + used > data_.size()) {
      return cut_short(header_.pixel_offset + at_ + used, header_.pixel_offset + data_.size());
    }
    for (std::uint32_t i = 0; i < count; ++i) put(index_of(u8(data_, at_ + (header_.bits == 8 ? i : i / 2)), i));
    at_ += used + used % 2;
    return {};
  }

  /// Pixels past the end of a row are dropped.
  void put(std::uint32_t index) {
    if (x_ < header_.width && y_ < header_.height) {
      const std::int64_t at = ((header_.height - 1 - y_) * header_.width + x_) * 3;
      std::ranges::copy(header_.palette[index], image_.rgb.begin() + at);
    }
    ++x_;
  }

  const BmpHeader& header_;
  Bytes data_;
  Image& image_;
  std::size_t at_ = 0;
  std::int64_t x_ = 0, y_ = 0;
  bool ended_ = false;
};

}  // namespace

Result<ImageHeader> probe_bmp(Bytes bytes, const DecodeLimits& limits) {
  GLIMPSE_ASSIGN_OR_RETURN(const BmpHeader header, read_header(bytes, limits));
  return public_header(header);
}

Result<DecodedImage> decode_bmp(Bytes bytes, const DecodeLimits& limits) {
  GLIMPSE_ASSIGN_OR_RETURN(const BmpHeader header, read_header(bytes, limits));
  const bool run_length = header.compression == kRle8 || header.compression == kRle4;
  const std::size_t data_bytes = run_length ? 2 : bytes_per_row(header) * static_cast<std::size_t>(header.height);
  if (header.pixel_offset > bytes.size() || bytes.size() - header.pixel_offset < data_bytes) {
    return cut_short(header.pixel_offset + data_bytes, bytes.size());
  }
  DecodedImage decoded{.image = {}, .header = public_header(header)};
  Image& image = decoded.image;
  image.width = decoded.header.width;
  image.height = decoded.header.height;
  image.rgb.resize(static_cast<std::size_t>(header.width * header.height) * 3);
  if (!run_length) {
    GLIMPSE_RETURN_IF_ERROR(decode_rows(header, bytes, image));
    return decoded;
  }
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    std::ranges::copy(header.palette[0], image.rgb.begin() + static_cast<std::ptrdiff_t>(i));
  }
  GLIMPSE_RETURN_IF_ERROR(RunLengthReader(header, bytes.subspan(header.pixel_offset), image).read());
  return decoded;
}

}  // namespace glimpse::image
