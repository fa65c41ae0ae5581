#pragma once

#include "base/result.h"
#include "exit_code.h"
#include "flags.h"

namespace glimpse::app {

/// `glimpse eval SOURCE --against …`: the same queries by two sides, with a paired test. Errors: as evaluate_model;
/// invalid_argument when both sides are the same.
Result<ExitCode> evaluate_pair(const CommonFlags& common, const EvalFlags& flags);

}  // namespace glimpse::app
