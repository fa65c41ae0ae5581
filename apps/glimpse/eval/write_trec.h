#pragma once

#include <string>

#include "base/result.h"
#include "eval/embed_truth.h"
#include "flags.h"

namespace glimpse::app {

/// Writes what --write-qrels and --write-run ask for; `tag` names the run. Errors: io, not_found.
Result<void> write_trec(const EmbeddedTruth& embedded, const EvalFlags& flags, const std::string& tag);

}  // namespace glimpse::app
