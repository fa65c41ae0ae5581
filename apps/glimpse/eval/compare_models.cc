#include "eval/compare_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "eval/named_measures.h"
#include "eval/prompt.h"
#include "json_text.h"
#include "model_store.h"
#include "own_child.h"

namespace glimpse::app {
namespace {

using nlohmann::ordered_json;

/// Flags of this process that are not for its children, as the environment has them.
const std::vector<std::string> kNotForChildren = {
    "GLIMPSE_COMPARE",        "GLIMPSE_AGAINST",        "GLIMPSE_AGAINST_PRECISION",
    "GLIMPSE_AGAINST_PARAMS", "GLIMPSE_AGAINST_PROMPT", "GLIMPSE_AGAINST_INDEX",
    "GLIMPSE_REPORT",         "GLIMPSE_WORST"};

std::vector<std::string> arguments_for(const std::string& model, const CommonFlags& common, const EvalFlags& flags) {
  std::vector<std::string> arguments = {"eval",         flags.source.native(),
                                        "--json",       "--per-query",
                                        "--model",      model,
                                        "--library",    common.library.native(),
                                        "--precision",  common.precision,
                                        "--threads",    std::to_string(common.threads),
                                        "--index",      common.index,
                                        "--cutoffs",    fmt::format("{}", fmt::join(flags.cutoffs, ",")),
                                        "--right-from", std::to_string(flags.right_from)};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) arguments.insert(arguments.end(), {name, value});
  };
  add("--pictures", flags.pictures.native());
  add("--queries", flags.queries.native());
  add("--qrels", flags.qrels.native());
  add("--prompt", flags.prompt);
  if (common.quiet) arguments.emplace_back("--quiet");
  return arguments;
}

/// What we printed ourselves.
Result<ModelFigures> figures_from(std::string name, const std::string& printed, const std::string& measure) {
  ModelFigures figures{
      .name = std::move(name), .label = {}, .json = {}, .values = {}, .groups = {}, .against_best = {}};
  figures.json = ordered_json::parse(printed, nullptr, false);
  if (!figures.json.is_object() || !figures.json.contains("per_query")) {
    return Error::internal("{}: glimpse eval --json printed no measures", figures.name);
  }
  for (const auto& query : figures.json["per_query"]) {
    figures.values.push_back(query.value(measure, 0.0));
    figures.groups.push_back(query.value("group", 0));
  }
  figures.json.erase("per_query");
  return figures;
}

Result<ModelFigures> measure_model(const std::string& model, const CommonFlags& common, const EvalFlags& flags) {
  if (!common.quiet) fmt::print(stderr, "measuring {} …\n", model);
  GLIMPSE_ASSIGN_OR_RETURN(const auto child, run_own_child(arguments_for(model, common, flags), kNotForChildren));
  if (child.exit != ExitCode::kDone) {
    return Error::invalid_argument("{}: measuring it ended with exit code {}; what it said is above", model,
                                   static_cast<int>(child.exit));
  }
  return figures_from(model, child.output, deciding_measure(flags.cutoffs).name);
}

Result<void> check(const CommonFlags& common, const EvalFlags& flags) {
  if (flags.against.said()) return Error::invalid_argument("--compare and --against are two commands: give one");
  if (!common.params.empty()) {
    return Error::invalid_argument("--params lies over one model, and --compare measures several: give it directories");
  }
  GLIMPSE_RETURN_IF_ERROR(check_prompt(flags.prompt));
  for (const std::string& model : flags.compare) GLIMPSE_RETURN_IF_ERROR(find_model(model));
  return {};
}

void name_them(std::vector<ModelFigures>& models) {
  const auto own_name = [](const ModelFigures& model) { return model.json.value("model", model.name); };
  for (ModelFigures& model : models) {
    const auto own = own_name(model);
    const auto others = std::ranges::count_if(models, [&](const auto& other) { return own_name(other) == own; });
    model.label = others == 1 ? own : model.name;
  }
}

/// The best first, and each of the others tested against it.
Result<void> rank(ModelComparison& comparison) {
  auto& models = comparison.models;
  const auto mean = [&](const ModelFigures& model) {
    return model.json["text_to_image"].value(comparison.measure, 0.0);
  };
  std::ranges::stable_sort(models, std::greater(), mean);
  for (auto& model : models) {
    if (model.values.size() != models.front().values.size()) {
      return Error::unavailable("the pictures changed while models were compared: run it again");
    }
    model.against_best = evaluate::compare(models.front().values, model.values, model.groups);
  }
  return {};
}

}  // namespace

std::string ModelComparison::standing(const ModelFigures& model) const {
  if (is_best(model)) return "best";
  const auto outcome = outcome_of(model.against_best);
  if (outcome == evaluate::Outcome::kEqual) return "equal";
  return fmt::format("{}, {}", name_of(outcome), evaluate::p_in_words(model.against_best.paired.p_value));
}

Result<ExitCode> compare_models(const CommonFlags& common, const EvalFlags& flags) {
  GLIMPSE_RETURN_IF_ERROR(check(common, flags));
  ModelComparison comparison{.measure = deciding_measure(flags.cutoffs).name, .models = {}};
  for (const std::string& model : flags.compare) {
    GLIMPSE_ASSIGN_OR_RETURN(auto figures, measure_model(model, common, flags));
    comparison.models.push_back(std::move(figures));
  }
  name_them(comparison.models);
  GLIMPSE_RETURN_IF_ERROR(rank(comparison));
  if (!flags.report.empty()) GLIMPSE_RETURN_IF_ERROR(write_page_of_models(comparison, flags));
  if (common.json) {
    print_json(comparison_json(comparison));
  } else {
    print_comparison(comparison);
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
