#include <fmt/core.h>

#include <filesystem>

#include "base/file.h"
#include "commands.h"
#include "eval/compare_models.h"
#include "eval/evaluate_model.h"
#include "eval/evaluate_pair.h"
#include "eval/judged.h"
#include "eval/report.h"
#include "evaluate/trec.h"
#include "json_text.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

using nlohmann::ordered_json;

/// Judged queries and a run, of any system: no model is needed.
Result<ExitCode> evaluate_run(const CommonFlags& common, const EvalFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto qrels, evaluate::read_qrels(flags.qrels));
  GLIMPSE_ASSIGN_OR_RETURN(const auto run, evaluate::read_run(flags.run));
  const auto averaging = flags.complete ? evaluate::Averaging::kComplete : evaluate::Averaging::kAnswered;
  const auto found = evaluate::evaluate(qrels, run, flags.cutoffs, averaging, flags.right_from);
  if (common.json) {
    auto json = measures_json(found.mean, found.cutoffs);
    json["queries"] = found.queries.size();
    json["without_answer"] = found.without_answer;
    json["without_judgment"] = found.without_judgment;
    ordered_json each = ordered_json::object();
    for (const auto& query : found.queries) each[query.query] = measures_json(query.measures, found.cutoffs);
    json["per_query"] = std::move(each);
    print_json(json);
  } else {
    fmt::print("{} queries\n{}", human_count(static_cast<std::int64_t>(found.queries.size())),
               measures_table(found.mean, found.cutoffs));
  }
  return found.queries.empty() ? ExitCode::kNothingFound : ExitCode::kDone;
}

/// Before minutes of work, not after them.
Result<void> check_report_folder(const std::filesystem::path& report) {
  std::error_code ignored;
  const auto folder = report.has_parent_path() ? report.parent_path() : std::filesystem::path(".");
  if (report.empty() || std::filesystem::is_directory(folder, ignored)) return {};
  return Error::not_found("{}: no such folder, where the report would go", display(folder));
}

}  // namespace

Result<ExitCode> run_eval(const CommonFlags& common, const EvalFlags& flags) {
  if (flags.judgments) {
    const bool more = flags.against.said() || !(flags.compare.empty() && flags.queries.empty() && flags.report.empty());
    const bool alone = flags.source.empty() && flags.qrels.empty() && flags.run.empty() && !more;
    if (alone) return evaluate_judgments(common, flags);
    return Error::invalid_argument(
        "--judgments are the library's own: they go with no SOURCE and no --qrels; for A/B and reports 'glimpse judge "
        "--export', then --queries with --qrels");
  }
  const bool judged_run = flags.queries.empty() && (!flags.qrels.empty() || !flags.run.empty());
  if (judged_run && flags.qrels.empty() != flags.run.empty()) {
    return Error::invalid_argument(
        "--qrels and --run go together: judged queries, and the answers to them; or --qrels with --queries");
  }
  if (flags.source.empty() != judged_run) {
    return Error::invalid_argument(
        "nothing to evaluate: give captioned pictures (a folder, or a table of captions), or --qrels with --run");
  }
  if (!flags.queries.empty() && !flags.run.empty()) {
    return Error::invalid_argument("--run is another system's answers, and --queries asks a model: give one of them");
  }
  if (judged_run && !flags.report.empty()) {
    return Error::invalid_argument("--report shows pictures, and a run has none: give the pictures");
  }
  GLIMPSE_RETURN_IF_ERROR(check_report_folder(flags.report));
  if (judged_run) return evaluate_run(common, flags);
  if (!flags.compare.empty()) return compare_models(common, flags);
  return flags.against.said() ? evaluate_pair(common, flags) : evaluate_model(common, flags);
}

}  // namespace glimpse::app
