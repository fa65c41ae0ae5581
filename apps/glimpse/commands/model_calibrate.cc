#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "commands.h"
#include "image/decode.h"
#include "image/preprocess.h"
#include "json_text.h"
#include "model_store.h"
#include "models/dual_encoder.h"
#include "paths.h"
#include "picture_files.h"
#include "runtime/calibration.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;

/// [n, 3, S, S] of up to `count` pictures, evenly spread over the files; those that cannot be decoded are left out.
std::vector<float> sampled_pixels(const std::vector<fs::path>& files, int count, const image::PreprocessSpec& spec) {
  const auto picture = 3 * static_cast<std::size_t>(spec.crop_size) * static_cast<std::size_t>(spec.crop_size);
  const std::size_t wanted = std::min(static_cast<std::size_t>(count), files.size());
  std::vector<float> pixels;
  for (std::size_t i = 0; i < wanted; ++i) {
    const auto bytes = read_file(files[i * files.size() / wanted], image::DecodeLimits{}.max_bytes);
    if (!bytes) continue;
    const auto decoded = image::decode(*bytes);
    if (!decoded) continue;
    pixels.resize(pixels.size() + picture);
    if (!image::preprocess(decoded->image, spec, std::span(pixels).last(picture))) {
      pixels.resize(pixels.size() - picture);
    }
  }
  return pixels;
}

}  // namespace

Result<ExitCode> run_model_calibrate(const CommonFlags& common, const ModelCalibrateFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto stored, find_model(common.model.empty() ? kDefaultModel : common.model));
  GLIMPSE_ASSIGN_OR_RETURN(const auto model,
                           models::open_dual_encoder(stored.directory, {.clip_merges = clip_merges()}));
  GLIMPSE_ASSIGN_OR_RETURN(const auto files, picture_files(flags.folder));
  const auto& spec = model->preprocess();
  const std::vector<float> pixels = sampled_pixels(files, flags.count, spec);
  const int used = static_cast<int>(pixels.size() / 3) / (spec.crop_size * spec.crop_size);
  if (used == 0) return Error::not_found("{}: expected pictures to calibrate on, found none", display(flags.folder));
  GLIMPSE_ASSIGN_OR_RETURN(const auto ranges, runtime::calibrate(*model, pixels, used));
  const fs::path out = flags.out.empty() ? stored.directory / models::kActivationRangesFile : flags.out;
  GLIMPSE_RETURN_IF_ERROR(models::write_activation_ranges(out, ranges, used));
  if (common.json) {
    print_json({{"model", stored.name}, {"pictures", used}, {"convolutions", ranges.size()}, {"file", out.native()}});
  } else {
    fmt::print(stderr, "calibrated {} on {} pictures: {}\n", stored.name, used, display(out));
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
