#pragma once

#include <vector>

#include "base/result.h"
#include "flags.h"
#include "library/indexer.h"
#include "library/library.h"
#include "open_model.h"

namespace glimpse::app {

struct TimedReport {
  library::IndexReport report;
  double seconds = 0;          ///< Of the whole run.
  double loading_seconds = 0;  ///< Of it, until the model was ready; 0 when nothing was to be embedded.
};

/// What --memory says; without it three quarters of what this process may use, kept to as far as possible.
/// Errors: invalid_argument.
Result<encode::MemoryLimit> memory_limit(const CommonFlags& common);

/// --json-lines: one line for what a commit put on disk; `done` of `total` files are finished.
void print_committed(const std::vector<library::CommittedFile>& files, std::int64_t done, std::int64_t total);

/// Runs the indexer over `roots` into the generation of `model`, with progress on standard error and Ctrl-C honoured.
Result<TimedReport> run_indexer(library::Library& library, const library::Generation& generation, OpenModel& model,
                                const std::vector<library::RootId>& roots, const CommonFlags& common,
                                const IndexFlags& flags);

/// An open model as the library knows it.
library::ModelFacts facts_of(const OpenModel& model);

/// For the indexer: settles the precision, says what was found, and loads the picture tower.
library::LoadModel picture_tower_of(OpenModel& model, const CommonFlags& common);

/// The generation that belongs to an open model, made when new.
Result<library::Generation> generation_of(library::Library& library, const OpenModel& model);

}  // namespace glimpse::app
