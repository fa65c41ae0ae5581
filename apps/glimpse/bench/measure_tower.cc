#include <fmt/core.h>

#include "bench/measure.h"
#include "bench/timing.h"
#include "runtime/limits.h"

namespace glimpse::app {
namespace {

Result<double> pictures_per_second(const encode::ImageModel& model, double seconds) {
  const int batch = encode::PipelineOptions{}.batch_size;
  const auto edge = static_cast<std::size_t>(model.preprocess.crop_size);
  const std::vector<float> pixels(static_cast<std::size_t>(batch) * 3 * edge * edge, 0.25f);
  std::vector<std::vector<float>> embeddings(
      static_cast<std::size_t>(model.lanes),
      std::vector<float>(static_cast<std::size_t>(batch) * static_cast<std::size_t>(model.dimension)));
  const auto embed = [&](int lane) -> Result<double> {
    GLIMPSE_RETURN_IF_ERROR(model.embed(pixels, batch, embeddings[static_cast<std::size_t>(lane)]));
    return batch;
  };
  GLIMPSE_RETURN_IF_ERROR(rate_on_lanes(model.lanes, seconds / 4, embed));  // warm
  return rate_on_lanes(model.lanes, seconds, embed);
}

}  // namespace

Result<TowerRate> measure_tower(const CommonFlags& common, runtime::Precision precision, double seconds, int& streams) {
  TowerRate rate{.precision = precision, .unavailable = {}};
  if (!runtime::is_native(precision)) {
    rate.unavailable = fmt::format("{}: this processor has no instructions for it", runtime::name_of(precision));
    return rate;
  }
  CommonFlags flags = common;
  flags.precision = runtime::name_of(precision);
  GLIMPSE_ASSIGN_OR_RETURN(const auto model, open_model(flags, kDefaultModel));
  const auto tower = model.encoder->image_model();
  if (!tower && tower.error().code() == ErrorCode::kUnsupported) {
    rate.unavailable = tower.error().message();
    return rate;
  }
  GLIMPSE_RETURN_IF_ERROR(tower);
  streams = tower->lanes;
  GLIMPSE_ASSIGN_OR_RETURN(rate.pictures_per_second, pictures_per_second(*tower, seconds));
  GLIMPSE_ASSIGN_OR_RETURN(rate.matmul_flops, runtime::matmul_rate(precision, tower->lanes, seconds));
  return rate;
}

}  // namespace glimpse::app
