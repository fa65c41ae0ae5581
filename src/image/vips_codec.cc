// The seam to libvips, which reads all formats but JPEG and BMP.
//
// libvips opens a picture lazily: the loader parses the header, and pixels are decoded when they are written somewhere.
// So the limits are checked between the two. Loaders are named by the sniffed format, libvips never guesses; those that
// its authors mark as untrusted are blocked. Its operation cache is off (each picture is seen once) and each decode
// uses one worker, since callers decode many pictures side by side. Colour profiles are not applied: the reference
// processors do not, and the models were trained so.
//
// These formats carry checksums or strict syntax, so any error refuses a picture. libvips' error text is one buffer for
// all threads, so it cannot be attributed to a file and is dropped.
#include "image/vips_codec.h"

#include <vips/vips.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "image/exif.h"
#include "image/format.h"
#include "image/pixels.h"

namespace glimpse::image {
namespace {

struct Unref {
  void operator()(VipsImage* image) const { g_object_unref(image); }
};
using VipsImagePtr = std::unique_ptr<VipsImage, Unref>;

void drop_log(const gchar*, GLogLevelFlags, const gchar*, gpointer) {}

bool start_vips() {
  g_log_set_handler("VIPS", static_cast<GLogLevelFlags>(G_LOG_LEVEL_MASK | G_LOG_FLAG_RECURSION), drop_log, nullptr);
  if (VIPS_INIT("glimpse") != 0) return false;
  vips_block_untrusted_set(TRUE);
  vips_concurrency_set(1);
  vips_cache_set_max(0);
  return true;
}

/// libvips is started once a process, when the first picture needs it (it loads its plug-ins, some 10 ms).
Result<void> ensure_vips() {
  static const bool started = start_vips();
  if (!started) return Error::internal("libvips could not be started: reinstall the package libvips42");
  return {};
}

Error refused(ImageFormat format, std::string_view part) {
  vips_error_clear();
  return damaged(format, part);
}

/// How much a loader may shrink while it decodes: 1, 2, 4 or 8.
using Shrink = int;

VipsImagePtr open(ImageFormat format, std::span<const std::byte> bytes, Shrink shrink) {
  VipsImage* image = nullptr;
  void* data = const_cast<std::byte*>(bytes.data());  // Not written to; the C interface lacks the const.
  const std::size_t size = bytes.size();
  const VipsAccess access = VIPS_ACCESS_SEQUENTIAL;
  const VipsFailOn strict = VIPS_FAIL_ON_ERROR;
  switch (format) {
    case ImageFormat::kPng:
      vips_pngload_buffer(data, size, &image, "access", access, "fail_on", strict, nullptr);
      break;
    case ImageFormat::kGif:
      vips_gifload_buffer(data, size, &image, "access", access, "fail_on", strict, nullptr);
      break;
    case ImageFormat::kWebp:
      vips_webpload_buffer(data, size, &image, "access", access, "fail_on", strict, "scale", 1.0 / shrink, nullptr);
      break;
    case ImageFormat::kTiff:
      vips_tiffload_buffer(data, size, &image, "access", access, "fail_on", strict, nullptr);
      break;
    case ImageFormat::kHeic:
    case ImageFormat::kAvif:
      vips_heifload_buffer(data, size, &image, "access", access, "fail_on", strict, nullptr);
      break;
    case ImageFormat::kJpeg:
    case ImageFormat::kBmp:
      break;
  }
  return VipsImagePtr(image);
}

/// libheif turns pictures upright itself and leaves the EXIF tag as it was.
int orientation_of(ImageFormat format, VipsImage* image) {
  if (format == ImageFormat::kHeic || format == ImageFormat::kAvif) return 1;
  return vips_image_get_orientation(image);
}

/// A TIFF file is itself what an EXIF block is; of the others libvips hands the block out.
PictureDetails details_of(ImageFormat format, VipsImage* image, std::span<const std::byte> file) {
  if (format == ImageFormat::kTiff) return read_exif(file).details;
  const void* data = nullptr;
  std::size_t size = 0;
  if (vips_image_get_typeof(image, VIPS_META_EXIF_NAME) == 0) return {};
  if (vips_image_get_blob(image, VIPS_META_EXIF_NAME, &data, &size) != 0) return {};
  return read_exif(std::span(static_cast<const std::byte*>(data), size)).details;
}

Result<ImageHeader> header_of(ImageFormat format, VipsImage* image, std::span<const std::byte> file,
                              const DecodeLimits& limits) {
  GLIMPSE_RETURN_IF_ERROR(check_dimensions(format, vips_image_get_width(image), vips_image_get_height(image), limits));
  ImageHeader header{.format = format,
                     .width = vips_image_get_width(image),
                     .height = vips_image_get_height(image),
                     .orientation = orientation_of(format, image),
                     .details = details_of(format, image, file)};
  if (swaps_sides(header.orientation)) std::swap(header.width, header.height);
  return header;
}

/// The largest factor that the loader knows and that leaves the shorter side its pixels.
Shrink shrink_for(const ImageHeader& header, int min_short_side) {
  if (min_short_side <= 0) return 1;
  if (header.format != ImageFormat::kWebp) return 1;
  Shrink shrink = 8;
  while (shrink > 1 && std::min(header.width, header.height) / shrink < min_short_side) shrink /= 2;
  return shrink;
}

/// Which of the few layouts that pixels.h converts this picture has.
Result<PixelLayout> layout_of(ImageFormat format, VipsImage* image) {
  const int bands = vips_image_get_bands(image);
  const VipsInterpretation interpretation = vips_image_get_interpretation(image);
  if (interpretation == VIPS_INTERPRETATION_CMYK && bands >= 4) return PixelLayout::kCmyk;
  const bool grey = interpretation == VIPS_INTERPRETATION_B_W || interpretation == VIPS_INTERPRETATION_GREY16;
  const bool colour = interpretation == VIPS_INTERPRETATION_sRGB || interpretation == VIPS_INTERPRETATION_RGB ||
                      interpretation == VIPS_INTERPRETATION_RGB16;
  if (grey && bands == 1) return PixelLayout::kGrey;
  if (grey && bands == 2) return PixelLayout::kGreyAlpha;
  if (colour && bands == 3) return PixelLayout::kRgb;
  if (colour && bands == 4) return PixelLayout::kRgba;
  return Error::unsupported("{} picture: {} channels of kind '{}'; save it as RGB", name_of(format), bands,
                            vips_enum_nick(VIPS_TYPE_INTERPRETATION, interpretation));
}

/// The same picture with 8-bit samples: of 16 bits the upper 8, as Pillow takes them.
Result<VipsImagePtr> as_8_bit(ImageFormat format, VipsImagePtr image) {
  const VipsBandFormat samples = vips_image_get_format(image.get());
  if (samples == VIPS_FORMAT_UCHAR) return image;
  if (samples != VIPS_FORMAT_USHORT) {
    return Error::unsupported("{} picture: samples of type '{}'; save it with 8 or 16 bits a channel", name_of(format),
                              vips_enum_nick(VIPS_TYPE_BAND_FORMAT, samples));
  }
  VipsImage* narrow = nullptr;
  if (vips_cast(image.get(), &narrow, VIPS_FORMAT_UCHAR, "shift", TRUE, nullptr) != 0) {
    return refused(format, "pixels are");
  }
  return VipsImagePtr(narrow);
}

Result<Image> read_pixels(ImageFormat format, VipsImagePtr source) {
  GLIMPSE_ASSIGN_OR_RETURN(const PixelLayout layout, layout_of(format, source.get()));
  GLIMPSE_ASSIGN_OR_RETURN(const VipsImagePtr image, as_8_bit(format, std::move(source)));
  const int width = vips_image_get_width(image.get());
  const int height = vips_image_get_height(image.get());
  const int bands = vips_image_get_bands(image.get());
  std::vector<std::uint8_t> samples(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                                    static_cast<std::size_t>(bands));
  const VipsImagePtr target(
      vips_image_new_from_memory(samples.data(), samples.size(), width, height, bands, VIPS_FORMAT_UCHAR));
  if (target == nullptr || vips_image_write(image.get(), target.get()) != 0) return refused(format, "pixels are");
  return Image{.width = width, .height = height, .rgb = to_rgb(layout, bands, std::move(samples))};
}

}  // namespace

Result<ImageHeader> probe_vips(ImageFormat format, std::span<const std::byte> bytes, const DecodeLimits& limits) {
  GLIMPSE_RETURN_IF_ERROR(ensure_vips());
  const VipsImagePtr image = open(format, bytes, 1);
  if (image == nullptr) return refused(format, "header is");
  return header_of(format, image.get(), bytes, limits);
}

Result<DecodedImage> decode_vips(ImageFormat format, std::span<const std::byte> bytes, const DecodeOptions& options) {
  GLIMPSE_RETURN_IF_ERROR(ensure_vips());
  VipsImagePtr source = open(format, bytes, 1);
  if (source == nullptr) return refused(format, "header is");
  GLIMPSE_ASSIGN_OR_RETURN(const ImageHeader header, header_of(format, source.get(), bytes, options.limits));
  if (const Shrink shrink = shrink_for(header, options.min_short_side); shrink > 1) {
    source = open(format, bytes, shrink);
    if (source == nullptr) return refused(format, "header is");
  }
  GLIMPSE_ASSIGN_OR_RETURN(Image image, read_pixels(format, std::move(source)));
  return DecodedImage{.image = upright(std::move(image), header.orientation), .header = header};
}

Result<std::vector<std::byte>> encode_jpeg(const Image& image, int quality) {
  constexpr int kMaxJpegSide = 65'535;
  if (image.width > kMaxJpegSide || image.height > kMaxJpegSide) {
    return Error::resource_exhausted("jpeg of {} x {} pixels: a side may have {}", image.width, image.height,
                                     kMaxJpegSide);
  }
  GLIMPSE_RETURN_IF_ERROR(ensure_vips());
  const VipsImagePtr raw(
      vips_image_new_from_memory(image.rgb.data(), image.rgb.size(), image.width, image.height, 3, VIPS_FORMAT_UCHAR));
  VipsImage* tagged = nullptr;
  if (raw == nullptr || vips_copy(raw.get(), &tagged, "interpretation", VIPS_INTERPRETATION_sRGB, nullptr) != 0) {
    vips_error_clear();
    return Error::internal("libvips refused {} x {} pixels", image.width, image.height);
  }
  const VipsImagePtr source(tagged);
  void* data = nullptr;
  std::size_t size = 0;
  if (vips_jpegsave_buffer(source.get(), &data, &size, "Q", quality, "strip", TRUE, "optimize_coding", TRUE, nullptr) !=
      0) {
    vips_error_clear();
    return Error::internal("libvips could not encode {} x {} pixels as JPEG", image.width, image.height);
  }
  const std::unique_ptr<void, decltype(&g_free)> owner(data, g_free);
  const auto* begin = static_cast<const std::byte*>(data);
  return std::vector<std::byte>(begin, begin + size);
}

}  // namespace glimpse::image
