#include "encode/picture_sample.h"

#include <algorithm>

#include "base/file.h"
#include "encode/image_pipeline.h"
#include "image/decode.h"

namespace glimpse::encode {

PictureSample sample_pictures(std::span<const std::filesystem::path> files, int count,
                              const image::PreprocessSpec& spec) {
  const auto numbers = 3 * static_cast<std::size_t>(spec.crop_size) * static_cast<std::size_t>(spec.crop_size);
  const std::size_t wanted = std::min(static_cast<std::size_t>(std::max(count, 0)), files.size());
  const image::DecodeOptions options{.limits = {}, .min_short_side = kShrinkMargin * spec.crop_size};
  PictureSample sample;
  for (std::size_t i = 0; i < wanted; ++i) {
    const auto bytes = read_file(files[i * files.size() / wanted], options.limits.max_bytes);
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
