#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluate/verdict.h"
#include "exit_code.h"
#include "flags.h"

namespace glimpse::app {

/// `glimpse eval SOURCE --compare A,B,C`: each model in a process of its own, one after the other, so that its memory
/// and speed are its own. Errors: not_found (a model), invalid_argument; what ended the process of one.
Result<ExitCode> compare_models(const CommonFlags& common, const EvalFlags& flags);

/// What one model's process reported.
struct ModelFigures {
  std::string name;                   ///< As it was asked for.
  std::string label;                  ///< What people call it: the model's own name, unless two have the same.
  nlohmann::ordered_json json;        ///< As `glimpse eval --json` prints it, without per_query.
  std::vector<double> values;         ///< The deciding measure of each query …
  std::vector<int> groups;            ///< … and what the query hangs together with.
  evaluate::Comparison against_best;  ///< This model after, the best before.
};

struct ModelComparison {
  std::string measure;               ///< The deciding one, by its key in JSON.
  std::vector<ModelFigures> models;  ///< The best first.

  bool is_best(const ModelFigures& model) const { return &model == models.data(); }
  /// "best", "worse, p < 0.001", "no difference, p = 0.210", "equal".
  std::string standing(const ModelFigures& model) const;
};

nlohmann::ordered_json comparison_json(const ModelComparison& comparison);
void print_comparison(const ModelComparison& comparison);
/// Errors: report::write's.
Result<void> write_page_of_models(const ModelComparison& comparison, const EvalFlags& flags);

}  // namespace glimpse::app
