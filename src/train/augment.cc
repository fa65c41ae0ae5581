// A random part is cut out and squashed to the model's square (Szegedy et al. 2015; torchvision's RandomResizedCrop);
// of a model that squashes whole pictures the part keeps the picture's own ratio, of one that crops it is square.
#include "train/augment.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "train/random.h"

namespace glimpse::train {
namespace {

constexpr std::uint64_t kLook = 3;  // what a generator is for
constexpr int kCutAttempts = 10;

struct Cut {
  int left, top, width, height;
};

/// How wide the view is that the model itself takes, by its height.
double own_ratio(const image::Image& image, const image::PreprocessSpec& spec) {
  if (spec.mode == image::ResizeMode::kShortestEdgeCenterCrop) return 1;
  return static_cast<double>(image.width) / image.height;
}

Cut random_cut(const image::Image& image, double ratio, const Augmentation& augmentation, Random& random) {
  const double most = std::log(augmentation.stretch);
  for (int i = 0; i < kCutAttempts; ++i) {
    const double area = random.uniform(augmentation.least_area, 1) * image.width * image.height;
    const double wanted = ratio * std::exp(random.uniform(-most, most));
    const int width = static_cast<int>(std::lround(std::sqrt(area * wanted)));
    const int height = static_cast<int>(std::lround(std::sqrt(area / wanted)));
    if (width < 1 || height < 1 || width > image.width || height > image.height) continue;
    return {static_cast<int>(random.below(static_cast<std::uint64_t>(image.width - width) + 1)),
            static_cast<int>(random.below(static_cast<std::uint64_t>(image.height - height) + 1)), width, height};
  }
  // The largest part of the ratio, anywhere: a picture that is much wider than high.
  const int width = std::clamp(static_cast<int>(image.height * ratio), 1, image.width);
  const int height = std::clamp(static_cast<int>(image.width / ratio), 1, image.height);
  return {static_cast<int>(random.below(static_cast<std::uint64_t>(image.width - width) + 1)),
          static_cast<int>(random.below(static_cast<std::uint64_t>(image.height - height) + 1)), width, height};
}

image::Image cut_out(const image::Image& image, const Cut& cut, bool mirrored) {
  image::Image part{.width = cut.width, .height = cut.height, .rgb = {}};
  part.rgb.resize(std::size_t{3} * static_cast<std::size_t>(cut.width) * static_cast<std::size_t>(cut.height));
  auto out = part.rgb.begin();
  for (int y = 0; y < cut.height; ++y) {
    const std::uint8_t* row =
        image.rgb.data() + 3 * (static_cast<std::size_t>(cut.top + y) * static_cast<std::size_t>(image.width) +
                                static_cast<std::size_t>(cut.left));
    for (int x = 0; x < cut.width; ++x) {
      const std::uint8_t* pixel = row + 3 * static_cast<std::size_t>(mirrored ? cut.width - 1 - x : x);
      out = std::copy_n(pixel, 3, out);
    }
  }
  return part;
}

double luma(const double* rgb) { return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]; }

/// Brightness, then contrast about the mean light, then saturation, each by a factor about 1.
void jitter(image::Image& image, double share, Random& random) {
  std::array<double, 3> factor{};
  for (double& f : factor) f = random.uniform(1 - share, 1 + share);
  double light = 0;
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    const std::array<double, 3> pixel = {double(image.rgb[i]), double(image.rgb[i + 1]), double(image.rgb[i + 2])};
    light += luma(pixel.data());
  }
  const double mean = factor[0] * light / (static_cast<double>(image.rgb.size()) / 3);
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    std::array<double, 3> pixel{};
    for (std::size_t c = 0; c < 3; ++c) pixel[c] = mean + factor[1] * (factor[0] * image.rgb[i + c] - mean);
    const double grey = luma(pixel.data());
    for (std::size_t c = 0; c < 3; ++c) {
      image.rgb[i + c] =
          static_cast<std::uint8_t>(std::clamp(std::lround(grey + factor[2] * (pixel[c] - grey)), 0L, 255L));
    }
  }
}

}  // namespace

Result<Augmentation> parse_augmentation(std::string_view name) {
  if (name == "none") return Augmentation{};
  if (name == "mild") return Augmentation{.least_area = 0.9, .stretch = 1.1, .flip = true, .jitter = 0.1};
  if (name == "strong") return Augmentation{.least_area = 0.5, .stretch = 4.0 / 3, .flip = true, .jitter = 0.3};
  return Error::invalid_argument("augmentation '{}': expected none, mild or strong", name);
}

bool tells_sides(std::string_view caption) {
  constexpr std::array<std::string_view, 8> kSides = {"left",     "right",     "leftmost",         "rightmost",
                                                      "leftward", "rightward", "counterclockwise", "clockwise"};
  std::string word;
  for (std::size_t i = 0; i <= caption.size(); ++i) {
    const auto c = i < caption.size() ? static_cast<unsigned char>(caption[i]) : static_cast<unsigned char>(' ');
    if (std::isalpha(c) != 0) {
      word += static_cast<char>(std::tolower(c));
    } else {
      if (std::ranges::find(kSides, word) != kSides.end()) return true;
      word.clear();
    }
  }
  return false;
}

Result<void> look(const image::Image& image, const image::PreprocessSpec& spec, const Augmentation& augmentation,
                  bool mirror, const LookSeed& seed, std::span<float> out) {
  if (augmentation == Augmentation{}) return image::preprocess(image, spec, out);
  if (image.width < 1 || image.height < 1) return Error::invalid_argument("an empty picture");
  Random random({kLook, seed.seed, seed.epoch, seed.picture});
  const Cut cut = random_cut(image, own_ratio(image, spec), augmentation, random);
  const bool mirrored = random.uniform() < 0.5 && augmentation.flip && mirror;
  image::Image part = cut_out(image, cut, mirrored);
  if (augmentation.jitter > 0) jitter(part, augmentation.jitter, random);
  image::PreprocessSpec squash = spec;
  squash.mode = image::ResizeMode::kSquash;
  return image::preprocess(part, squash, out);
}

}  // namespace glimpse::train
