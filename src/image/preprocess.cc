// A model's view of a picture: resize, crop, rescale, normalize.
//
// Sizes and offsets round as transformers' image_transforms do (and torchvision's, where a spec asks for its crop): the
// longer side is truncated, the crop starts at floor((resized - crop) / 2), and where the crop reaches past the picture
// it is padded with black (0 before normalization). Only the part of the resized picture that the crop keeps is
// computed. A byte has 256 values, so rescaling and normalizing are one table per channel. Source: transformers,
// image_transforms.py (get_resize_output_image_size, center_crop, rescale, normalize).
#include "image/preprocess.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "image/resample.h"

namespace glimpse::image {
namespace {

constexpr int kMaxModelSide = 8'192;
constexpr std::uint64_t kMaxResizedPixels = 100'000'000;

Result<void> check(const Image& image) {
  if (image.width < 1 || image.height < 1) {
    return Error::invalid_argument("picture of {} x {} pixels: expected at least 1 x 1", image.width, image.height);
  }
  const auto expected = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3;
  if (image.rgb.size() == expected) return {};
  return Error::invalid_argument("picture of {} x {} pixels: expected {} bytes of RGB, got {}", image.width,
                                 image.height, expected, image.rgb.size());
}

Result<void> check(const PreprocessSpec& spec, std::size_t out_size) {
  if (spec.crop_size < 1 || spec.crop_size > kMaxModelSide || spec.resize_size < 1 ||
      spec.resize_size > kMaxModelSide) {
    return Error::invalid_argument("preprocessing: resize to {} and crop to {}: expected 1 to {}", spec.resize_size,
                                   spec.crop_size, kMaxModelSide);
  }
  for (const float deviation : spec.stddev) {
    if (!std::isfinite(deviation) || deviation == 0) {
      return Error::invalid_argument("preprocessing: standard deviation {}: expected a finite number but 0", deviation);
    }
  }
  const auto expected = static_cast<std::size_t>(spec.crop_size) * static_cast<std::size_t>(spec.crop_size) * 3;
  if (out_size == expected) return {};
  return Error::invalid_argument("preprocessing to {0} x {0}: expected room for {1} values, got {2}", spec.crop_size,
                                 expected, out_size);
}

struct Size {
  std::int64_t width, height;
};

Size resized_size(const Image& image, const PreprocessSpec& spec) {
  if (spec.mode == ResizeMode::kSquash) return {spec.crop_size, spec.crop_size};
  const std::int64_t shorter = std::min(image.width, image.height);
  const std::int64_t longer = std::max(image.width, image.height);
  const auto new_longer =
      static_cast<std::int64_t>(static_cast<double>(spec.resize_size * longer) / static_cast<double>(shorter));
  if (image.width <= image.height) return {spec.resize_size, new_longer};
  return {new_longer, spec.resize_size};
}

/// One axis of the centre crop: which resized pixels it keeps, and how much black it has before them.
struct CropAxis {
  std::int64_t begin;
  int count;
  int padding;
};

CropAxis crop_axis(std::int64_t resized, int crop, CropStart start) {
  if (resized >= crop) {
    const std::int64_t half = (resized - crop) / 2;
    const bool up = start == CropStart::kNearest && (resized - crop) % 2 == 1 && half % 2 == 1;
    return {half + (up ? 1 : 0), crop, 0};
  }
  const int missing = crop - static_cast<int>(resized);
  return {0, static_cast<int>(resized), (missing + 1) / 2};
}

using Table = std::array<float, 256>;

Table normalization(const PreprocessSpec& spec, std::size_t channel) {
  Table table;
  for (std::size_t value = 0; value < table.size(); ++value) {
    const float scaled = static_cast<float>(value) * spec.rescale;
    table[value] = (scaled - spec.mean[channel]) / spec.stddev[channel];
  }
  return table;
}

}  // namespace

Result<void> preprocess(const Image& image, const PreprocessSpec& spec, std::span<float> out) {
  GLIMPSE_RETURN_IF_ERROR(check(image));
  GLIMPSE_RETURN_IF_ERROR(check(spec, out.size()));
  const Size size = resized_size(image, spec);
  const CropAxis x = crop_axis(size.width, spec.crop_size, spec.crop_start);
  const CropAxis y = crop_axis(size.height, spec.crop_size, spec.crop_start);
  const Image kept = resample(image, size.width, size.height, spec.filter,
                              {.left = x.begin, .top = y.begin, .width = x.count, .height = y.count});
  const auto side = static_cast<std::size_t>(spec.crop_size);
  const bool padded = x.count < spec.crop_size || y.count < spec.crop_size;
  for (std::size_t channel = 0; channel < 3; ++channel) {
    const Table table = normalization(spec, channel);
    float* plane = out.data() + channel * side * side;
    if (padded) std::fill_n(plane, side * side, table[0]);
    const std::uint8_t* in = kept.rgb.data() + channel;
    for (int row = 0; row < y.count; ++row) {
      float* to = plane + static_cast<std::size_t>(y.padding + row) * side + static_cast<std::size_t>(x.padding);
      for (int column = 0; column < x.count; ++column, in += 3) to[column] = table[*in];
    }
  }
  return {};
}

Result<Image> resize(const Image& image, int width, int height, ResizeFilter filter) {
  GLIMPSE_RETURN_IF_ERROR(check(image));
  if (width < 1 || height < 1) {
    return Error::invalid_argument("resize to {} x {}: expected at least 1 x 1", width, height);
  }
  if (static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height) > kMaxResizedPixels) {
    return Error::resource_exhausted("resize to {} x {}: the limit is {} pixels", width, height, kMaxResizedPixels);
  }
  return resample(image, width, height, filter, {.left = 0, .top = 0, .width = width, .height = height});
}

}  // namespace glimpse::image
