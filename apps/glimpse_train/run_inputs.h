#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "flags.h"
#include "model_store.h"
#include "models/dual_encoder.h"
#include "train/run_record.h"

namespace glimpse::app {

/// Everything that a run begins or goes on with.
struct RunInputs {
  train::Settings settings;
  std::filesystem::path run;
  StoredModel stored;
  std::shared_ptr<const models::DualEncoder> model;
  train::Dataset data;
  train::Split split;
  std::optional<train::Dataset> guard;
  train::RunRecord record;
};

/// The run's directory that the flags mean.
std::filesystem::path run_directory(const TrainFlags& flags);
/// The name of the model that comes out: that of its directory.
std::string model_name(const TrainFlags& flags);
/// The scope that the flags say, or with --resume the run's own. Errors: read_run's.
Result<std::string> scope_of(const TrainFlags& flags);
/// What the flags say, as settings.
train::Settings settings_of(const TrainFlags& flags);

/// Reads data and model as the flags say, or, with --resume, as the run's record says. What is wrong with the data is
/// said on standard error. Nothing is written. Errors: the data's, the model's; invalid_argument when a run that goes
/// on is no longer the one that was begun.
Result<RunInputs> read_inputs(const CommonFlags& common, const TrainFlags& flags);

/// Writes run.json and split.csv. Errors: already_exists (a run is there, and not to be gone on with); io.
Result<void> begin_run(const RunInputs& inputs);

}  // namespace glimpse::app
