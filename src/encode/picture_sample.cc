#include "encode/picture_sample.h"

#include <algorithm>

#include "base/file.h"
#include "encode/image_pipeline.h"
#include "image/decode.h"

namespace glimpse::encode {

std::vector<std::filesystem::path> evenly_spread(std::span<const std::filesystem::path> files, std::size_t count) {
  const std::size_t wanted = std::min(count, files.size());
  std::vector<std::filesystem::path> chosen;
  for (std::size_t i = 0; i < wanted; ++i) chosen.push_back(files[i * files.size() / wanted]);
  return chosen;
}

PictureSample sample_pictures(std::span<const std::filesystem::path> files, const image::PreprocessSpec& spec) {
  const auto numbers = 3 * static_cast<std::size_t>(spec.crop_size) * static_cast<std::size_t>(spec.crop_size);
  const image::DecodeOptions options{.limits = {}, .min_short_side = kShrinkMargin * spec.crop_size};
  PictureSample sample;
  for (const std::filesystem::path& file : files) {
    const auto bytes = read_file(file, options.limits.max_bytes);
    if (!bytes) continue;
    const auto decoded = image::decode(*bytes, options);
    if (!decoded) continue;
    sample.pixels.resize(sample.pixels.size() + numbers);
    if (image::preprocess(decoded->image, spec, std::span(sample.pixels).last(numbers))) {
      ++sample.count;
    } else {
      sample.pixels.resize(sample.pixels.size() - numbers);
    }
  }
  return sample;
}

}  // namespace glimpse::encode
