#pragma once

#include "base/result.h"
#include "exit_code.h"
#include "flags.h"

namespace glimpse::app {

/// `glimpse eval SOURCE`: captioned or labelled pictures, or those of a query file, by one model.
Result<ExitCode> evaluate_model(const CommonFlags& common, const EvalFlags& flags);

}  // namespace glimpse::app
