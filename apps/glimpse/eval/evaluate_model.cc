#include "eval/evaluate_model.h"

#include <fmt/core.h>

#include "base/file.h"
#include "eval/page_of_model.h"
#include "eval/prompt.h"
#include "eval/report.h"
#include "eval/side.h"
#include "eval/slices_report.h"
#include "eval/write_trec.h"
#include "json_text.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

using nlohmann::ordered_json;

ordered_json names_of(const evaluate::GroundTruth& truth, const std::vector<std::size_t>& pictures) {
  ordered_json names = ordered_json::array();
  for (const auto picture : pictures) names.push_back(truth.pictures[picture].native());
  return names;
}

ordered_json worst_json(const SideResult& side, int count) {
  ordered_json worst = ordered_json::array();
  const auto& truth = side.embedded.truth;
  for (const auto* query : evaluate::worst_queries(side.to_pictures, static_cast<std::size_t>(count))) {
    const auto& text = truth.texts[query->query];
    worst.push_back({{"query", text.text},
                     {"rank", query->first_right},
                     {"right", names_of(truth, text.pictures)},
                     {"found", names_of(truth, query->best)}});
  }
  return worst;
}

/// Of queries of a file: what was found, also where nobody judged.
ordered_json answers_json(const SideResult& side) {
  ordered_json answers = ordered_json::array();
  const auto& truth = side.embedded.truth;
  for (std::size_t i = 0; i < truth.texts.size(); ++i) {
    const auto& text = truth.texts[i];
    answers.push_back({{"id", text.id},
                       {"query", text.text},
                       {"right", names_of(truth, text.pictures)},
                       {"found", names_of(truth, side.answers[i])}});
  }
  return answers;
}

/// `group`: what a query hangs together with; equal for captions of one picture.
ordered_json per_query_json(const SideResult& side) {
  ordered_json queries = ordered_json::array();
  const auto& found = side.to_pictures;
  for (std::size_t i = 0; i < found.queries.size(); ++i) {
    ordered_json query = {{"query", side.embedded.truth.texts[found.queries[i].query].text},
                          {"group", found.clusters.empty() ? static_cast<int>(i) : found.clusters[i]},
                          {"rank", found.queries[i].first_right}};
    query.update(measures_json(found.queries[i].measures, found.cutoffs));
    queries.push_back(std::move(query));
  }
  return queries;
}

void print_worst(const SideResult& side, int count) {
  if (count > 0) fmt::print("hardest\n");
  const auto& truth = side.embedded.truth;
  for (const auto* query : evaluate::worst_queries(side.to_pictures, static_cast<std::size_t>(count))) {
    const auto& text = truth.texts[query->query];
    fmt::print("  {:>5}. {}\n         wanted {}, first came {}\n", query->first_right, text.text,
               display(truth.pictures[text.pictures.front()]), display(truth.pictures[query->best.front()]));
  }
}

void print_answers(const SideResult& side) {
  const auto& truth = side.embedded.truth;
  for (std::size_t i = 0; i < truth.texts.size(); ++i) {
    fmt::print("{}\n", truth.texts[i].text);
    for (std::size_t at = 0; at < std::min(kShown, side.answers[i].size()); ++at) {
      fmt::print("  {}\n", display(truth.pictures[side.answers[i][at]]));
    }
  }
}

void print_for_people(const SideResult& side, const AskedTruth& asked, const Slices& slices, int worst) {
  const auto& truth = side.embedded.truth;
  fmt::print("{}: {} pictures, {} texts\n", side.model, human_count(static_cast<std::int64_t>(truth.pictures.size())),
             human_count(static_cast<std::int64_t>(truth.texts.size())));
  if (asked.from_query_file()) print_answers(side);
  if (side.to_pictures.queries.empty()) return;
  fmt::print("text to image (95 % interval)\n{}", retrieval_table(side.to_pictures));
  fmt::print("{} by what the query speaks of\n{}", in_words(deciding_measure(side.to_pictures.cutoffs)),
             slices_table(slices, side.to_pictures));
  if (!side.to_texts.queries.empty()) fmt::print("image to text\n{}", retrieval_table(side.to_texts));
  print_worst(side, worst);
}

ordered_json whole_json(const SideResult& side, const AskedTruth& asked, const Slices& slices, const EvalFlags& flags) {
  auto json = side_json(side);
  json["queries"] = side.to_pictures.queries.size();
  json["pictures"] = side.embedded.truth.pictures.size();
  json["unread"] = side.embedded.unread.size();
  json["broken"] = asked.truth.broken;
  json["seconds"] = side.embedded.seconds;
  const bool judged = !side.to_pictures.queries.empty();
  json["text_to_image"] = judged ? retrieval_json(side.to_pictures) : ordered_json(nullptr);
  if (!asked.from_query_file()) json["image_to_text"] = retrieval_json(side.to_texts);
  json["slices"] = slices_json(slices, side.to_pictures);
  json["worst"] = worst_json(side, flags.worst);
  if (asked.from_query_file()) json["answers"] = answers_json(side);
  if (flags.per_query) json["per_query"] = per_query_json(side);
  return json;
}

}  // namespace

Result<ExitCode> evaluate_model(const CommonFlags& common, const EvalFlags& flags) {
  GLIMPSE_RETURN_IF_ERROR(check_prompt(flags.prompt));
  GLIMPSE_ASSIGN_OR_RETURN(const auto asked, asked_truth(flags));
  const Side side{.common = common, .prompt = flags.prompt, .by_index = common.index != "auto"};
  GLIMPSE_ASSIGN_OR_RETURN(const auto result, evaluate_side(side, asked, flags.cutoffs));
  print_remarks(asked.truth, result.embedded.unread);
  GLIMPSE_RETURN_IF_ERROR(write_trec(result.embedded, flags, result.model));
  const auto slices = slices_of(result.to_pictures, result.embedded.truth);
  if (!flags.report.empty()) GLIMPSE_RETURN_IF_ERROR(write_page_of_model(result, asked, slices, flags));
  if (common.json) {
    print_json(whole_json(result, asked, slices, flags));
  } else {
    print_for_people(result, asked, slices, flags.worst);
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
