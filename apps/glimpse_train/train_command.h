#pragma once

#include "base/result.h"
#include "exit_code.h"
#include "flags.h"

namespace glimpse::app {

/// Trains, chooses, measures and writes the model, as src/train describes it.
Result<ExitCode> train_model(const CommonFlags& common, const TrainFlags& flags);

}  // namespace glimpse::app
