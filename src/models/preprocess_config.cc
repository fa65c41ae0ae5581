// Two spellings of PreprocessSpec: Hugging Face's CLIPImageProcessor, whose sizes are a number or an object and whose
// `resample` is Pillow's enumeration, and our own.
#include "models/preprocess_config.h"

#include <fmt/format.h>

#include <algorithm>

namespace glimpse::models {
namespace {

using image::PreprocessSpec;
using image::ResizeFilter;
using image::ResizeMode;

constexpr Range kSizes = {1, 2048};
const std::vector<float> kClipMean = {0.48145466f, 0.4578275f, 0.40821073f};
const std::vector<float> kClipStd = {0.26862954f, 0.26130258f, 0.27577711f};

void copy(const std::vector<float>& from, std::array<float, 3>& to) { std::copy_n(from.begin(), 3, to.begin()); }

void read_mean_and_std(ConfigReader& config, const std::string& mean, const std::string& std, PreprocessSpec& spec) {
  copy(config.numbers(mean, 3, kClipMean), spec.mean);
  copy(config.numbers(std, 3, kClipStd), spec.stddev);
  for (const float s : spec.stddev) {
    if (!(s > 1e-6f)) config.problem(fmt::format("'{}': expected positive numbers, got {}", std, s));
  }
}

int read_side(ConfigReader& config, const std::string& key, int fallback) {
  if (config.is_object(key)) return static_cast<int>(config.integer(key + ".height", kSizes, fallback));
  return static_cast<int>(config.integer(key, kSizes, fallback));
}

ResizeFilter read_pillow_filter(ConfigReader& config) {
  switch (config.integer("resample", {0, 5}, 3)) {  // Pillow's Image.Resampling
    case 0:
      return ResizeFilter::kNearest;
    case 1:
      return ResizeFilter::kLanczos;
    case 2:
      return ResizeFilter::kBilinear;
    case 3:
      return ResizeFilter::kBicubic;
    default:
      config.problem("'resample': expected 0 (nearest), 1 (Lanczos), 2 (bilinear) or 3 (bicubic)");
      return ResizeFilter::kBicubic;
  }
}

ResizeFilter read_filter(ConfigReader& config, const std::string& key) {
  const std::string name = config.text(key, "bicubic");
  if (name == "nearest") return ResizeFilter::kNearest;
  if (name == "bilinear") return ResizeFilter::kBilinear;
  if (name == "lanczos") return ResizeFilter::kLanczos;
  if (name != "bicubic") {
    config.problem(fmt::format("'{}': expected nearest, bilinear, bicubic or lanczos, got \"{}\"", key, name));
  }
  return ResizeFilter::kBicubic;
}

}  // namespace

PreprocessSpec read_preprocessor(ConfigReader& config, int image_size) {
  PreprocessSpec spec;
  for (const char* step : {"do_resize", "do_normalize", "do_rescale"}) {
    if (!config.boolean(step, true)) config.problem(fmt::format("'{}': expected true, got false", step));
  }
  spec.filter = read_pillow_filter(config);
  if (config.has("size.height") || !config.boolean("do_center_crop", true)) {
    spec.mode = ResizeMode::kSquash;
    spec.crop_size = spec.resize_size = read_side(config, "size", image_size);
  } else {
    const char* key = config.is_object("size") ? "size.shortest_edge" : "size";
    spec.resize_size = static_cast<int>(config.integer(key, kSizes, image_size));
    spec.crop_size = read_side(config, "crop_size", image_size);
  }
  spec.rescale = static_cast<float>(config.number("rescale_factor", {1e-6, 1}, 1.0 / 255));
  read_mean_and_std(config, "image_mean", "image_std", spec);
  if (spec.crop_size != image_size) {
    config.problem(fmt::format("'crop_size': expected the model's image_size {}, got {}", image_size, spec.crop_size));
  }
  if (spec.resize_size < spec.crop_size) {
    config.problem(fmt::format("'size': expected at least crop_size {}, got {}", spec.crop_size, spec.resize_size));
  }
  return spec;
}

PreprocessSpec read_preprocess(ConfigReader& config, const std::string& prefix) {
  PreprocessSpec spec;
  const std::string mode = config.text(prefix + ".mode");
  if (mode == "squash") {
    spec.mode = ResizeMode::kSquash;
  } else if (mode != "center_crop") {
    config.problem(fmt::format("'{}.mode': expected squash or center_crop, got \"{}\"", prefix, mode));
  }
  spec.filter = read_filter(config, prefix + ".filter");
  spec.crop_size = static_cast<int>(config.integer(prefix + ".size", kSizes));
  spec.resize_size = static_cast<int>(config.integer(prefix + ".resize_size", kSizes, spec.crop_size));
  read_mean_and_std(config, prefix + ".mean", prefix + ".std", spec);
  return spec;
}

}  // namespace glimpse::models
