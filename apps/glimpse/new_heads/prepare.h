#pragma once

#include "base/result.h"
#include "flags.h"

namespace glimpse::app {

/// Before `glimpse train --scope new-heads` becomes the program that fits: begins the run, or goes on with it, and puts
/// the features of both towers into its directory, once. Errors: as reading the run's inputs; make_head_material's.
Result<void> prepare_new_heads(const CommonFlags& common, const TrainFlags& flags);

}  // namespace glimpse::app
