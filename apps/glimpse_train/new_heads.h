#pragma once

#include "base/result.h"
#include "exit_code.h"
#include "flags.h"

namespace glimpse::app {

/// `glimpse train --scope new-heads` after the features of both towers lie in the run's directory: fits heads, measures
/// the model's old ones and the new ones on validation and test, writes the model. Errors: unsupported for a model of
/// another family; not_found without features; as train_model.
Result<ExitCode> fit_new_heads(const CommonFlags& common, const TrainFlags& flags);

}  // namespace glimpse::app
