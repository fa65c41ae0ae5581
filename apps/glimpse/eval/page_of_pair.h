#pragma once

#include "base/result.h"
#include "eval/asked_truth.h"
#include "eval/pair.h"
#include "flags.h"

namespace glimpse::app {

/// Writes --report of an A/B comparison: the verdict, measures and slices of both, and their answers side by side: of a
/// query file all, of captions those that gained and lost most. Errors: report::write's.
Result<void> write_page_of_pair(const Pair& pair, const AskedTruth& asked, const EvalFlags& flags);

}  // namespace glimpse::app
