#pragma once

#include "base/result.h"
#include "exit_code.h"
#include "flags.h"

namespace glimpse::app {

/// Measures one generation's answers against what people judged in the library (`glimpse eval --judgments`), and prints
/// the result. Errors: the library's, the model's; not_found when nothing was judged.
Result<ExitCode> evaluate_judgments(const CommonFlags& common, const EvalFlags& flags);

}  // namespace glimpse::app
