#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "commands.h"
#include "encode/picture_sample.h"
#include "encode/precision_trial.h"
#include "image/decode.h"
#include "json_text.h"
#include "model_store.h"
#include "models/dual_encoder.h"
#include "open_model.h"
#include "paths.h"
#include "picture_files.h"
#include "runtime/calibration.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;

/// Ranges as a part of the model: they go into its directory and count in its fingerprint.
Result<ExitCode> calibrate_model(const CommonFlags& common, const StoredModel& stored, const fs::path& out,
                                 const std::vector<fs::path>& files) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto model,
                           models::open_dual_encoder(stored.directory, {.clip_merges = clip_merges()}));
  const auto sample = encode::sample_pictures(files, model->preprocess());
  if (sample.count == 0) return Error::not_found("none of {} pictures could be decoded", files.size());
  GLIMPSE_ASSIGN_OR_RETURN(const auto ranges, runtime::calibrate(*model, sample.pixels, sample.count));
  GLIMPSE_RETURN_IF_ERROR(models::write_activation_ranges(out, ranges, sample.count));
  if (common.json) {
    print_json({{"model", stored.name},
                {"pictures", sample.count},
                {"convolutions", ranges.convolutions.size()},
                {"linears", ranges.linears.size()},
                {"file", out.native()}});
  } else {
    fmt::print(stderr, "calibrated {} on {} pictures: {}\n", stored.name, sample.count, display(out));
  }
  return ExitCode::kDone;
}

/// A published model stays as it is: what was measured is this machine's record of it.
Result<ExitCode> try_model(const CommonFlags& common, const StoredModel& stored, const std::vector<fs::path>& files) {
  CommonFlags automatic = common;
  automatic.precision = "auto";
  GLIMPSE_ASSIGN_OR_RETURN(const auto model, open_model(automatic, stored.name));
  GLIMPSE_ASSIGN_OR_RETURN(const auto record, model.encoder->try_precisions({.count = files.size(), .sample = files}));
  if (!common.json) {
    fmt::print(stderr, "{}: {}\n", stored.name, encode::describe(record));
    return ExitCode::kDone;
  }
  nlohmann::ordered_json cosines = nlohmann::ordered_json::object();
  for (const auto& trial : record.trials) cosines[std::string(name_of(trial.precision))] = trial.median_cosine;
  print_json({{"model", stored.name},
              {"precision", std::string(name_of(record.precision))},
              {"compared", record.pictures},
              {"median_cosines", std::move(cosines)}});
  return ExitCode::kDone;
}

}  // namespace

Result<ExitCode> run_model_calibrate(const CommonFlags& common, const ModelCalibrateFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto stored, find_model(common.model.empty() ? kDefaultModel : common.model));
  GLIMPSE_ASSIGN_OR_RETURN(const auto found, picture_files(flags.folder));
  if (found.empty()) {
    return Error::not_found("{}: expected pictures to calibrate on, found none", display(flags.folder));
  }
  const std::vector<fs::path> files = encode::evenly_spread(found, static_cast<std::size_t>(flags.count));
  if (!flags.out.empty()) return calibrate_model(common, stored, flags.out, files);
  std::error_code ignored;
  if (fs::exists(stored.directory / "glimpse.json", ignored)) {
    return calibrate_model(common, stored, stored.directory / models::kActivationRangesFile, files);
  }
  return try_model(common, stored, files);
}

}  // namespace glimpse::app
