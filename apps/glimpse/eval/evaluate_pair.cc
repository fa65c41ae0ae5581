#include "eval/evaluate_pair.h"

#include <tuple>

#include "eval/page_of_pair.h"
#include "eval/pair.h"
#include "eval/pair_report.h"
#include "eval/prompt.h"
#include "json_text.h"

namespace glimpse::app {
namespace {

/// "{}" alone is no prompt.
std::string plain(const std::string& prompt) { return prompt == "{}" ? "" : prompt; }

Side other_side(const Side& side, const AgainstFlags& against) {
  Side other = side;
  if (!against.model.empty()) {
    other.common.model = against.model;
    other.common.params.clear();  // they belong to the first model
  }
  if (!against.precision.empty()) other.common.precision = against.precision;
  if (!against.params.empty()) other.common.params = against.params;
  if (!against.prompt.empty()) other.prompt = plain(against.prompt);
  if (!against.index.empty()) other.common.index = against.index;
  return other;
}

bool same(const Side& a, const Side& b) {
  const auto all = [](const Side& side) {
    return std::tie(side.common.model, side.common.precision, side.common.params, side.common.index, side.prompt);
  };
  return all(a) == all(b);
}

}  // namespace

Result<ExitCode> evaluate_pair(const CommonFlags& common, const EvalFlags& flags) {
  GLIMPSE_RETURN_IF_ERROR(check_prompt(flags.prompt));
  GLIMPSE_RETURN_IF_ERROR(check_prompt(flags.against.prompt));
  Side a{.common = common, .prompt = plain(flags.prompt)};
  Side b = other_side(a, flags.against);
  if (same(a, b)) {
    return Error::invalid_argument(
        "both sides are the same: --against another model, or --against-precision, "
        "--against-params, --against-prompt or --against-index, different from this side's");
  }
  a.by_index = b.by_index = a.common.index != "auto" || b.common.index != "auto";
  GLIMPSE_ASSIGN_OR_RETURN(const auto asked, asked_truth(flags));
  GLIMPSE_ASSIGN_OR_RETURN(auto result_a, evaluate_side(a, asked, flags.cutoffs));
  GLIMPSE_ASSIGN_OR_RETURN(auto result_b, evaluate_side(b, asked, flags.cutoffs));
  print_remarks(asked.truth, result_a.embedded.unread);
  GLIMPSE_ASSIGN_OR_RETURN(const auto pair, make_pair(std::move(result_a), std::move(result_b)));
  if (!flags.report.empty()) GLIMPSE_RETURN_IF_ERROR(write_page_of_pair(pair, asked, flags));
  if (common.json) {
    print_json(pair_json(pair));
  } else {
    print_pair(pair);
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
