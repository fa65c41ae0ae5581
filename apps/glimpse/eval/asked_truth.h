#pragma once

#include <filesystem>

#include "evaluate/ground_truth.h"
#include "flags.h"

namespace glimpse::app {

/// What is asked of which pictures.
struct AskedTruth {
  evaluate::GroundTruth truth;
  std::filesystem::path folder;  ///< What the pictures' names are relative to.

  /// Whether queries come from a file of their own, so that looking from pictures to texts makes no sense.
  bool from_query_file() const { return truth.form == evaluate::TruthForm::kQueries; }
};

/// Captioned or labelled pictures; with --queries the queries of that file over all pictures of the folder, or of the
/// table, judged by --qrels where there is one. Errors: read_ground_truth's, read_query_file's, read_qrels'.
Result<AskedTruth> asked_truth(const EvalFlags& flags);

/// What was broken or could not be read, on standard error.
void print_remarks(const evaluate::GroundTruth& truth, const std::vector<std::string>& unread);

}  // namespace glimpse::app
