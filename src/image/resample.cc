// Resizing equal to Pillow's, bit for bit.
//
// Idea: two separable passes, along x and then along y (along y first when that shrinks a tall picture much more), with
// 8-bit pixels between them. An output position p of n
// looks at the input around c = (p + 0.5)·scale, scale = in/n; when shrinking, the filter is stretched by scale, which
// is what "antialias" means. Weights are computed in f64, made to sum to 1, and rounded to 22 fractional bits.
// Only the input rows that the wanted output rows need go through the first pass. A pass whose size does not change is
// left out, as the weights would be the identity.
// Invariants: tap positions lie within the input; each position has at least one tap.
// Source: Pillow, src/libImaging/Resample.c (filters, precompute_coeffs, ImagingResampleInner) and Geometry.c
// (ImagingScaleAffine, for nearest).
#include "image/resample.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <numbers>
#include <vector>

#include "image/resample_kernels.h"

namespace glimpse::image {
namespace {

double bilinear(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

/// Keys 1981, with a = -0.5.
double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

double sinc(double x) {
  if (x == 0.0) return 1.0;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double lanczos(double x) { return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3) : 0.0; }

struct Filter {
  double (*weight)(double);
  double support;
};

Filter filter_of(ResizeFilter filter) {
  switch (filter) {
    case ResizeFilter::kBilinear:
      return {bilinear, 1.0};
    case ResizeFilter::kLanczos:
      return {lanczos, 3.0};
    case ResizeFilter::kBicubic:
    case ResizeFilter::kNearest:
      break;
  }
  return {bicubic, 2.0};
}

/// The taps of `count` output positions from `begin` on.
class TapTable {
 public:
  TapTable(int in_size, std::int64_t out_size, std::int64_t begin, int count, const Filter& filter) {
    const double scale = static_cast<double>(in_size) / static_cast<double>(out_size);
    const double stretch = std::max(scale, 1.0);
    const double support = filter.support * stretch;
    // One allocation, so that the spans stay valid: no position has more taps than this.
    const auto most = static_cast<std::size_t>(std::min(std::ceil(support) * 2 + 1, static_cast<double>(in_size)));
    weights_.reserve(most * static_cast<std::size_t>(count));
    taps_.reserve(static_cast<std::size_t>(count));
    for (std::int64_t position = begin; position < begin + count; ++position) {
      const double center = (static_cast<double>(position) + 0.5) * scale;
      const int first = std::max(static_cast<int>(center - support + 0.5), 0);
      const int last = std::min(static_cast<int>(center + support + 0.5), in_size);
      append(first, last - first, center, 1.0 / stretch, filter);
    }
  }

  std::span<const Taps> taps() const { return taps_; }
  std::size_t first() const { return taps_.front().first; }
  std::size_t last() const { return taps_.back().first + taps_.back().weights.size(); }

 private:
  void append(int first, int count, double center, double shrink, const Filter& filter) {
    exact_.clear();
    double sum = 0.0;
    for (int i = 0; i < count; ++i) {
      exact_.push_back(filter.weight((i + first - center + 0.5) * shrink));
      sum += exact_.back();
    }
    const std::size_t begin = weights_.size();
    for (double weight : exact_) {
      if (sum != 0.0) weight /= sum;
      const double scaled = weight * (1 << kWeightBits);
      weights_.push_back(static_cast<std::int32_t>(weight < 0 ? scaled - 0.5 : scaled + 0.5));
    }
    taps_.push_back({static_cast<std::size_t>(first), std::span(weights_).subspan(begin)});
  }

  std::vector<std::int32_t> weights_;
  std::vector<Taps> taps_;
  std::vector<double> exact_;
};

struct Rows {
  std::size_t first;
  int count;
};

std::size_t bytes_per_row(const Image& image) { return static_cast<std::size_t>(image.width) * 3; }

Image blank(int width, int height) {
  Image image{.width = width, .height = height, .rgb = {}};
  image.rgb.resize(bytes_per_row(image) * static_cast<std::size_t>(height));
  return image;
}

/// Some rows of the picture, resized along x and cut to the region's columns.
Image resample_width(const Image& image, const Rows& rows, std::int64_t out_width, const Region& region,
                     const Filter& filter) {
  const std::size_t in_bytes = bytes_per_row(image);
  const auto count = static_cast<std::size_t>(rows.count);
  Image out = blank(region.width, rows.count);
  const std::size_t out_bytes = bytes_per_row(out);
  const std::uint8_t* in = image.rgb.data() + rows.first * in_bytes;
  if (out_width == image.width) {
    const std::uint8_t* begin = in + region.left * 3;
    for (std::size_t y = 0; y < count; ++y) std::copy_n(begin + y * in_bytes, out_bytes, &out.rgb[y * out_bytes]);
    return out;
  }
  const TapTable table(image.width, out_width, region.left, region.width, filter);
  // resample_row reads a little past the last pixel, where nothing stands: the last row is read from a longer copy.
  std::vector<std::uint8_t> last_row(in + (count - 1) * in_bytes, in + count * in_bytes);
  last_row.resize(last_row.size() + kRowOverread);
  for (std::size_t y = 0; y < count; ++y) {
    resample_row(table.taps(), y + 1 < count ? in + y * in_bytes : last_row.data(), &out.rgb[y * out_bytes]);
  }
  return out;
}

/// All columns of the picture, whose first row is the one that taps count as `first_row`, resized along y.
Image resample_height(const Image& image, std::size_t first_row, const TapTable& table, int out_rows) {
  const std::size_t row_bytes = bytes_per_row(image);
  Image out = blank(image.width, out_rows);
  std::uint8_t* to = out.rgb.data();
  for (const Taps& taps : table.taps()) {
    resample_column(taps.weights, image.rgb.data() + (taps.first - first_row) * row_bytes, row_bytes, to);
    to += row_bytes;
  }
  return out;
}

/// Pillow from 13.0 on starts with y when the height shrinks by more than twice as many pixels as the width.
bool height_goes_first(const Image& image, std::int64_t out_width, std::int64_t out_height) {
  if (out_width == image.width || out_height >= image.height) return false;
  return image.height - out_height > 2 * (image.width - out_width);
}

/// Which input position each of `count` output positions takes. Positions are summed up, not multiplied: that is how
/// Pillow rounds.
std::vector<std::size_t> nearest_positions(int in_size, std::int64_t out_size, std::int64_t begin, int count) {
  const double scale = static_cast<double>(in_size) / static_cast<double>(out_size);
  double position = scale * 0.5;
  std::vector<std::size_t> positions;
  positions.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < begin + count; ++i, position += scale) {
    if (i >= begin) positions.push_back(static_cast<std::size_t>(std::min(position, in_size - 1.0)));
  }
  return positions;
}

Image resample_nearest(const Image& image, std::int64_t out_width, std::int64_t out_height, const Region& region) {
  const auto columns = nearest_positions(image.width, out_width, region.left, region.width);
  const auto rows = nearest_positions(image.height, out_height, region.top, region.height);
  Image out = blank(region.width, region.height);
  std::uint8_t* to = out.rgb.data();
  for (const std::size_t y : rows) {
    const std::uint8_t* row = image.rgb.data() + y * bytes_per_row(image);
    for (const std::size_t x : columns) to = std::copy_n(row + x * 3, 3, to);
  }
  return out;
}

}  // namespace

Image resample(const Image& image, std::int64_t out_width, std::int64_t out_height, ResizeFilter filter,
               const Region& region) {
  if (filter == ResizeFilter::kNearest) return resample_nearest(image, out_width, out_height, region);
  const Filter shape = filter_of(filter);
  if (out_height == image.height) {
    return resample_width(image, {static_cast<std::size_t>(region.top), region.height}, out_width, region, shape);
  }
  const TapTable table(image.height, out_height, region.top, region.height, shape);
  if (height_goes_first(image, out_width, out_height)) {
    const Image flat = resample_height(image, 0, table, region.height);
    return resample_width(flat, {0, region.height}, out_width, region, shape);
  }
  const Rows used{table.first(), static_cast<int>(table.last() - table.first())};
  const Image narrow = resample_width(image, used, out_width, region, shape);
  return resample_height(narrow, used.first, table, region.height);
}

}  // namespace glimpse::image
