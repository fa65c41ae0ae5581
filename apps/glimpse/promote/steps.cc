#include "promote/steps.h"

#include <fmt/core.h>

#include <optional>
#include <system_error>

#include "base/file.h"
#include "evaluate/gate.h"
#include "hub/manifest.h"
#include "own_child.h"
#include "promote/held_out_table.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr std::uint64_t kMaxReportBytes = 64 << 20;

/// Flags of this process, as the environment has them, that its steps are told otherwise.
const std::vector<std::string> kNotForSteps = {
    "GLIMPSE_RESUME", "GLIMPSE_RUN",     "GLIMPSE_NAME",  "GLIMPSE_KEEP_MODEL",      "GLIMPSE_MODEL",
    "GLIMPSE_JSON",   "GLIMPSE_LIBRARY", "GLIMPSE_GUARD", "GLIMPSE_GUARD_TOLERANCE", "GLIMPSE_REPORT"};

std::vector<std::string> with_common(std::vector<std::string> arguments, const CommonFlags& common) {
  arguments.insert(arguments.end(), {"--json", "--threads", std::to_string(common.threads)});
  if (common.quiet) arguments.emplace_back("--quiet");
  return arguments;
}

void add(std::vector<std::string>& arguments, const char* name, const fs::path& value) {
  if (!value.empty()) arguments.insert(arguments.end(), {name, value.native()});
}

Result<std::string> run_step(const char* name, const std::vector<std::string>& arguments) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto child, run_own_child(arguments, kNotForSteps));
  if (child.exit == ExitCode::kDone) return child.output;
  if (child.exit == ExitCode::kInterrupted) return Error::cancelled("interrupted");
  return Error::invalid_argument("glimpse {} ended with exit code {}; what it said is above", name,
                                 static_cast<int>(child.exit));
}

Result<ordered_json> read_json(const fs::path& file) {
  GLIMPSE_ASSIGN_OR_RETURN(const std::string text, read_text_file(file, kMaxReportBytes));
  auto json = ordered_json::parse(text, nullptr, false);
  if (!json.is_object()) return Error::corruption("{}: expected JSON", display(file));
  return json;
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

void say(const CommonFlags& common, const std::string& what) {
  if (!common.quiet) fmt::print(stderr, "{}\n", what);
}

/// Measures of one side, without the queries' own.
ordered_json side_of(const ordered_json& comparison, const char* side) {
  ordered_json measures = ordered_json::object();
  for (const auto& [name, value] : comparison.at("text_to_image").items()) measures[name] = value.at(side);
  return measures;
}

/// What is compared, and later switched to, is what training wrote.
Result<void> check_model(const Promotion& promotion) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto manifest, hub::read_manifest(promotion.model()));
  const auto same = hub::verify(manifest, promotion.model());
  if (same || same.error().code() != ErrorCode::kCorruption) return same;
  return Error::corruption(
      "{}: no longer what training wrote ('glimpse model verify' says which files): begin a new run",
      display(promotion.model()));
}

std::optional<double> guard_difference(const ordered_json& training) {
  const auto& results = training.at("results");
  if (!results.contains("guard")) return std::nullopt;
  return results["guard"].at("difference").at("mean").get<double>();
}

}  // namespace

Result<void> train_step(const CommonFlags& common, Promotion& promotion) {
  const fs::path report = promotion.training_run() / "report.json";
  if (!is_there(promotion.model()) || !is_there(report)) {
    std::vector<std::string> arguments = {"train"};
    const bool begun = is_there(promotion.training_run() / "run.json");
    if (begun) {
      arguments.emplace_back("--resume");
    } else {
      arguments.push_back(promotion.source.native());
      add(arguments, "--pictures", promotion.pictures);
      add(arguments, "--guard", promotion.guard);
      add(arguments, "--model", promotion.old_directory);
      arguments.insert(arguments.end(), {"--guard-tolerance", fmt::format("{}", promotion.guard_tolerance)});
      arguments.insert(arguments.end(), promotion.settings.begin(), promotion.settings.end());
    }
    add(arguments, "--out", promotion.model());
    add(arguments, "--run-dir", promotion.training_run());
    say(common, begun ? "training goes on" : "training");
    GLIMPSE_RETURN_IF_ERROR(run_step("train", with_common(std::move(arguments), common)));
  }
  GLIMPSE_ASSIGN_OR_RETURN(promotion.training, read_json(report));
  promotion.new_fingerprint = promotion.training.at("model").at("fingerprint").get<std::string>();
  promotion.state = PromotionState::kComparing;
  return save(promotion);
}

Result<void> compare_step(const CommonFlags& common, Promotion& promotion) {
  GLIMPSE_RETURN_IF_ERROR(check_model(promotion));
  const fs::path table = promotion.directory / "held_out.csv";
  GLIMPSE_RETURN_IF_ERROR(write_held_out_table(promotion.training_run() / "split.csv", promotion.source, table));
  const std::string pictures = promotion.training.at("run").at("data").at("pictures").get<std::string>();
  say(common, "comparing the old model and the new one on pictures that it never saw");
  GLIMPSE_ASSIGN_OR_RETURN(
      const std::string printed,
      run_step("eval",
               with_common({"eval", table.native(), "--pictures", pictures, "--model", promotion.old_directory.native(),
                            "--against", promotion.model().native(), "--library", common.library.native(), "--report",
                            (promotion.directory / "comparison.html").native()},
                           common)));
  const auto comparison = ordered_json::parse(printed, nullptr, false);
  if (!comparison.is_object() || !comparison.contains("outcome")) {
    return Error::internal("glimpse eval --against --json printed no comparison");
  }
  promotion.comparison = {{"pictures", comparison.at("pictures")},
                          {"queries", comparison.at("queries")},
                          {"measure", comparison.at("measure")},
                          {"outcome", comparison.at("outcome")},
                          {"verdict", comparison.at("verdict")},
                          {"difference", comparison.at("difference")},
                          {"interval", comparison.at("interval")},
                          {"p", comparison.at("p")},
                          {"old", side_of(comparison, "a")},
                          {"new", side_of(comparison, "b")},
                          {"report", (promotion.directory / "comparison.html").native()}};
  const auto decision = evaluate::decide({.better = comparison.at("outcome") == "better",
                                          .verdict = comparison.at("verdict").get<std::string>(),
                                          .guard = guard_difference(promotion.training),
                                          .guard_tolerance = promotion.guard_tolerance});
  promotion.reason = decision.reason;
  promotion.state = decision.passed ? PromotionState::kSwitching : PromotionState::kRejected;
  return save(promotion);
}

Result<void> switch_step(const CommonFlags& common, Promotion& promotion) {
  GLIMPSE_RETURN_IF_ERROR(check_model(promotion));
  say(common, fmt::format("embedding the library with {}; {} answers meanwhile", promotion.name, promotion.old_model));
  GLIMPSE_RETURN_IF_ERROR(run_step(
      "model use",
      with_common({"model", "use", promotion.model().native(), "--library", common.library.native()}, common)));
  promotion.state = PromotionState::kPromoted;
  return save(promotion);
}

}  // namespace glimpse::app
