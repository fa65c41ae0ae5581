// JPEG by libjpeg-turbo, on the thread that asked. libvips would read it too, but hands every picture to a thread of
// its own; for the small pictures that most libraries hold, that hand-over costs as much as the decoding.
//
// The accurate DCT and smooth chroma upsampling are libjpeg's defaults and Pillow's, so that pixels are equal.
// A picture stands refused when its bytes end early, as Pillow has it; other warnings do not make it unreadable.
//
// libjpeg reports an error by a call that must not return, which here jumps back into attempt(). Nothing with a
// destructor may live in a frame that is jumped over: inside attempt() there are plain pointers and numbers only.
#include "image/jpeg.h"

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <utility>

// These need <cstdio> before them.
#include <jerror.h>
#include <jpeglib.h>

#include "image/exif.h"
#include "image/format.h"
#include "image/pixels.h"

namespace glimpse::image {
namespace {

constexpr int kExifMarker = JPEG_APP0 + 1;
constexpr unsigned kMaxMarkerBytes = 0xFFFF;

/// A progressive picture is decoded once a scan; a few hundred bytes can ask for thousands of them.
constexpr int kMaxScans = 500;

/// Of the first EXIF block; XMP uses the same marker.
ExifFacts exif_of(const jpeg_marker_struct* marker) {
  constexpr char kIdentifier[] = "Exif\0";
  for (; marker != nullptr; marker = marker->next) {
    if (marker->marker != kExifMarker || marker->data_length < sizeof kIdentifier) continue;
    if (std::memcmp(marker->data, kIdentifier, sizeof kIdentifier) != 0) continue;
    return read_exif(std::as_bytes(std::span(marker->data, marker->data_length)));
  }
  return {};
}

/// The largest shrinking that libjpeg does while decoding (1, 2, 4 or 8) and that leaves the shorter side its pixels.
unsigned shrink_for(const ImageHeader& header, int min_short_side) {
  if (min_short_side <= 0) return 1;
  unsigned shrink = 8;
  while (shrink > 1 && std::min(header.width, header.height) / static_cast<int>(shrink) < min_short_side) shrink /= 2;
  return shrink;
}

class Decoder {
 public:
  explicit Decoder(std::span<const std::byte> bytes) : bytes_(bytes) {
    jpeg_.err = jpeg_std_error(&errors_);
    jpeg_.client_data = this;
    errors_.error_exit = [](j_common_ptr jpeg) { of(jpeg).give_up(jpeg->err->msg_code); };
    errors_.emit_message = [](j_common_ptr jpeg, int level) {
      if (level < 0 && jpeg->err->msg_code == JWRN_JPEG_EOF) of(jpeg).give_up(JWRN_JPEG_EOF);
    };
    errors_.output_message = [](j_common_ptr) {};
    progress_.progress_monitor = [](j_common_ptr jpeg) {
      if (of(jpeg).jpeg_.input_scan_number > kMaxScans) of(jpeg).give_up(JERR_BAD_PROGRESSION);
    };
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { jpeg_destroy_decompress(&jpeg_); }

  Result<ImageHeader> read_header(const DecodeLimits& limits) {
    const bool read = attempt([this] {
      jpeg_create_decompress(&jpeg_);
      jpeg_.progress = &progress_;
      jpeg_mem_src(&jpeg_, reinterpret_cast<const unsigned char*>(bytes_.data()), bytes_.size());
      jpeg_save_markers(&jpeg_, kExifMarker, kMaxMarkerBytes);
      jpeg_read_header(&jpeg_, TRUE);
    });
    if (!read) return refusal("header is");
    GLIMPSE_RETURN_IF_ERROR(check_dimensions(ImageFormat::kJpeg, jpeg_.image_width, jpeg_.image_height, limits));
    ExifFacts exif = exif_of(jpeg_.marker_list);
    ImageHeader header{.format = ImageFormat::kJpeg,
                       .width = static_cast<int>(jpeg_.image_width),
                       .height = static_cast<int>(jpeg_.image_height),
                       .orientation = exif.orientation,
                       .details = std::move(exif.details)};
    if (swaps_sides(header.orientation)) std::swap(header.width, header.height);
    return header;
  }

  /// After read_header: the pixels as they lie in the file, not turned upright yet.
  Result<Image> read_pixels(unsigned shrink) {
    GLIMPSE_ASSIGN_OR_RETURN(const PixelLayout layout, choose_layout());
    jpeg_.scale_num = 1;
    jpeg_.scale_denom = shrink;
    if (!attempt([this] { jpeg_start_decompress(&jpeg_); })) return refusal("pixels are");
    const std::size_t stride = static_cast<std::size_t>(jpeg_.output_width) * bands();
    std::vector<std::uint8_t> samples(stride * jpeg_.output_height);
    std::uint8_t* const first_row = samples.data();
    const bool read = attempt([this, first_row, stride] {
      while (jpeg_.output_scanline < jpeg_.output_height) {
        JSAMPROW row = first_row + stride * jpeg_.output_scanline;
        jpeg_read_scanlines(&jpeg_, &row, 1);
      }
    });
    if (!read) return refusal("pixels are");
    // Adobe's programs write the ink inverted.
    if (layout == PixelLayout::kCmyk && jpeg_.saw_Adobe_marker) {
      for (std::uint8_t& ink : samples) ink = static_cast<std::uint8_t>(255 - ink);
    }
    return Image{.width = static_cast<int>(jpeg_.output_width),
                 .height = static_cast<int>(jpeg_.output_height),
                 .rgb = to_rgb(layout, static_cast<int>(bands()), std::move(samples))};
  }

 private:
  static Decoder& of(j_common_ptr jpeg) { return *static_cast<Decoder*>(jpeg->client_data); }

  std::size_t bands() const { return static_cast<std::size_t>(jpeg_.out_color_components); }

  Result<PixelLayout> choose_layout() {
    switch (jpeg_.jpeg_color_space) {
      case JCS_GRAYSCALE:
        jpeg_.out_color_space = JCS_GRAYSCALE;
        return PixelLayout::kGrey;
      case JCS_YCbCr:
      case JCS_RGB:
        jpeg_.out_color_space = JCS_RGB;
        return PixelLayout::kRgb;
      case JCS_CMYK:
      case JCS_YCCK:
        jpeg_.out_color_space = JCS_CMYK;
        return PixelLayout::kCmyk;
      default:
        return Error::unsupported("jpeg picture: {} channels of unknown meaning; save it as RGB", jpeg_.num_components);
    }
  }

  /// False when libjpeg gave up in `call`; failure_ then says why.
  template <typename Call>
  bool attempt(const Call& call) {
    if (setjmp(back_) != 0) return false;
    call();
    return true;
  }

  [[noreturn]] void give_up(int message) {
    failure_ = message;
    std::longjmp(back_, 1);
  }

  Error refusal(std::string_view part) const {
    switch (failure_) {
      case JERR_BAD_PRECISION:
        return Error::unsupported("jpeg picture: {} bits a sample; save it with 8", jpeg_.data_precision);
      case JERR_ARITH_NOTIMPL:
      case JERR_SOF_UNSUPPORTED:
        return Error::unsupported("jpeg picture: a rare way of compression; save it as baseline or progressive");
      case JERR_OUT_OF_MEMORY:
        return Error::resource_exhausted("jpeg picture: not enough memory to decode it");
      default:
        return damaged(ImageFormat::kJpeg, part);
    }
  }

  const std::span<const std::byte> bytes_;
  jpeg_decompress_struct jpeg_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf back_{};
  int failure_ = 0;
};

}  // namespace

Result<ImageHeader> probe_jpeg(std::span<const std::byte> bytes, const DecodeLimits& limits) {
  return Decoder(bytes).read_header(limits);
}

Result<DecodedImage> decode_jpeg(std::span<const std::byte> bytes, const DecodeOptions& options) {
  Decoder decoder(bytes);
  GLIMPSE_ASSIGN_OR_RETURN(const ImageHeader header, decoder.read_header(options.limits));
  GLIMPSE_ASSIGN_OR_RETURN(Image image, decoder.read_pixels(shrink_for(header, options.min_short_side)));
  return DecodedImage{.image = upright(std::move(image), header.orientation), .header = header};
}

}  // namespace glimpse::image
