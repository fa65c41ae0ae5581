#include <atomic>

#include "bench/measure.h"
#include "bench/timing.h"
#include "image/decode.h"

namespace glimpse::app {

Result<PictureRates> measure_pictures(const SamplePictures& samples, const image::PreprocessSpec& spec, int lanes,
                                      double seconds) {
  const auto& files = samples.files;
  std::atomic<std::size_t> turn{0};
  const auto decoding = [&](const image::DecodeOptions& options) {
    return rate_on_lanes(lanes, seconds, [&files, &turn, options](int) -> Result<double> {
      GLIMPSE_RETURN_IF_ERROR(image::decode(files[turn++ % files.size()], options));
      return 1.0;
    });
  };
  const image::DecodeOptions as_indexing{.min_short_side = encode::kShrinkMargin * spec.crop_size};
  GLIMPSE_ASSIGN_OR_RETURN(const double decode, decoding(as_indexing));
  GLIMPSE_ASSIGN_OR_RETURN(const double exact, decoding({}));

  GLIMPSE_ASSIGN_OR_RETURN(const auto picture, image::decode(files[files.size() / 2], as_indexing));
  const auto edge = static_cast<std::size_t>(spec.crop_size);
  std::vector<std::vector<float>> room(static_cast<std::size_t>(lanes), std::vector<float>(3 * edge * edge));
  const auto preparing = [&](int lane) -> Result<double> {
    GLIMPSE_RETURN_IF_ERROR(image::preprocess(picture.image, spec, room[static_cast<std::size_t>(lane)]));
    return 1.0;
  };
  GLIMPSE_ASSIGN_OR_RETURN(const double prepare, rate_on_lanes(lanes, seconds, preparing));
  double bytes = 0;
  for (const auto& file : files) bytes += static_cast<double>(file.size());
  return PictureRates{.format = samples.format,
                      .size = samples.size,
                      .count = files.size(),
                      .megapixels = samples.megapixels,
                      .bytes = bytes / static_cast<double>(files.size()),
                      .decode = decode,
                      .decode_exact = exact,
                      .prepare = prepare};
}

}  // namespace glimpse::app
