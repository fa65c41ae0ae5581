#include "eval/judged.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "base/file.h"
#include "eval/report.h"
#include "evaluate/judged.h"
#include "generation_search.h"
#include "json_text.h"
#include "judge/judged_queries.h"
#include "judge/shown_text.h"
#include "library/judgments.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

using nlohmann::ordered_json;

constexpr int kDepth = 1000;  // what recall, MAP and MRR look at, as trec_eval's runs usually have

struct Findings {
  evaluate::Retrieval retrieval;                ///< Its queries in the order of `queries`.
  std::vector<evaluate::JudgedMeasures> reach;  ///< One a query.
  std::size_t gone = 0;                         ///< Judged contents that no picture has any more.
  std::size_t without_right = 0;                ///< Queries of which nothing was judged right.
};

std::map<library::ImageId, int> grades_of(const JudgedQuery& query, Findings& findings) {
  std::map<library::ImageId, int> grades;
  for (const auto& [content, judged] : query.contents) {
    findings.gone += judged.pictures.empty() ? 1 : 0;
    for (const auto picture : judged.pictures) grades[picture] = judged.grade;
  }
  return grades;
}

void measure_query(std::size_t number, const search::Hits& hits, const std::map<library::ImageId, int>& grades,
                   int right_from, Findings& findings) {
  std::vector<std::optional<int>> known;
  std::vector<int> ranked, judged;
  for (const auto& [picture, grade] : grades) judged.push_back(grade);
  std::size_t first_right = 0;
  for (const auto& hit : hits.hits) {
    const auto grade = grades.find(hit.picture.id);
    known.push_back(grade == grades.end() ? std::nullopt : std::optional(grade->second));
    ranked.push_back(known.back().value_or(0));
    if (first_right == 0 && ranked.back() >= right_from) first_right = ranked.size();
  }
  const auto& cutoffs = findings.retrieval.cutoffs;
  findings.without_right += std::ranges::none_of(judged, [&](int grade) { return grade >= right_from; }) ? 1 : 0;
  findings.retrieval.queries.push_back(
      {number, {}, first_right, evaluate::measure(ranked, judged, cutoffs, right_from)});
  findings.reach.push_back(evaluate::measure_judged(known, judged, cutoffs, right_from));
}

Result<Findings> ask(GenerationSearch& asked, const std::vector<JudgedQuery>& queries, const EvalFlags& flags) {
  Findings findings{.retrieval = {.cutoffs = flags.cutoffs, .queries = {}, .clusters = {}, .mean = {}}, .reach = {}};
  const auto depth = static_cast<std::size_t>(std::max(kDepth, std::ranges::max(flags.cutoffs)));
  std::vector<evaluate::Measures> all;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto hits, asked.engine->by_text(queries[i].words, {.limit = depth}));
    measure_query(i, hits, grades_of(queries[i], findings), flags.right_from, findings);
    all.push_back(findings.retrieval.queries.back().measures);
  }
  findings.retrieval.clusters.resize(queries.size());
  std::iota(findings.retrieval.clusters.begin(), findings.retrieval.clusters.end(), 0);
  findings.retrieval.mean = evaluate::mean(all, flags.cutoffs);
  return findings;
}

ordered_json reach_json(const evaluate::JudgedMeasures& reach, const evaluate::Cutoffs& cutoffs) {
  ordered_json json = ordered_json::object();
  for (std::size_t i = 0; i < cutoffs.size(); ++i) json[fmt::format("judged@{}", cutoffs[i])] = reach.judged[i];
  for (std::size_t i = 0; i < cutoffs.size(); ++i) {
    json[fmt::format("precision_judged@{}", cutoffs[i])] =
        reach.precision[i] ? ordered_json(*reach.precision[i]) : ordered_json(nullptr);
  }
  for (std::size_t i = 0; i < cutoffs.size(); ++i) json[fmt::format("ndcg_judged@{}", cutoffs[i])] = reach.ndcg[i];
  return json;
}

/// The numbers of the queries, the worst first: by nDCG at the last cutoff, then by words.
std::vector<std::size_t> worst_first(const Findings& findings, int count) {
  std::vector<std::size_t> order(findings.retrieval.queries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {},
                           [&](std::size_t i) { return findings.retrieval.queries[i].measures.ndcg.back(); });
  order.resize(std::min(order.size(), static_cast<std::size_t>(count)));
  return order;
}

ordered_json report_json(const Findings& findings, const std::vector<JudgedQuery>& queries, const EvalFlags& flags) {
  auto json = retrieval_json(findings.retrieval);
  json["judged"] = reach_json(evaluate::mean(findings.reach, flags.cutoffs), flags.cutoffs);
  ordered_json each = ordered_json::array(), worst = ordered_json::array();
  for (std::size_t i = 0; i < queries.size(); ++i) {
    ordered_json one = {{"query", queries[i].words}, {"judgments", queries[i].contents.size()}};
    one.update(measures_json(findings.retrieval.queries[i].measures, flags.cutoffs));
    one.update(reach_json(findings.reach[i], flags.cutoffs));
    each.push_back(std::move(one));
  }
  for (const std::size_t i : worst_first(findings, flags.worst)) worst.push_back(queries[i].words);
  json["per_query"] = std::move(each);
  json["worst"] = std::move(worst);
  return json;
}

void print_reach(const evaluate::JudgedMeasures& reach, const evaluate::Cutoffs& cutoffs) {
  const auto line = [](const std::string& name, std::optional<double> value) {
    fmt::print("  {:<21} {}\n", name, value ? fmt::format("{:.3f}", *value) : "–");
  };
  fmt::print("where somebody judged\n");
  for (std::size_t i = 0; i < cutoffs.size(); ++i) line(fmt::format("judged@{}", cutoffs[i]), reach.judged[i]);
  for (std::size_t i = 0; i < cutoffs.size(); ++i) {
    line(fmt::format("precision_judged@{}", cutoffs[i]), reach.precision[i]);
  }
  for (std::size_t i = 0; i < cutoffs.size(); ++i) line(fmt::format("ndcg_judged@{}", cutoffs[i]), reach.ndcg[i]);
  const double holes = 1 - reach.judged.back();
  if (holes <= 0) return;
  fmt::print(
      "nobody judged {:.0f} % of the first {}: what is right among them counts as wrong above; 'glimpse judge' with "
      "the same queries fills the holes\n",
      holes * 100, cutoffs.back());
}

void print_for_people(const Findings& findings, const std::vector<JudgedQuery>& queries, const EvalFlags& flags) {
  fmt::print("text to image (95 % interval)\n{}", retrieval_table(findings.retrieval));
  print_reach(evaluate::mean(findings.reach, flags.cutoffs), flags.cutoffs);
  if (findings.gone > 0) fmt::print("{} judged pictures left the library and are left out\n", findings.gone);
  if (findings.without_right > 0) {
    fmt::print("{} queries have no picture that was judged right: they count as zero\n", findings.without_right);
  }
  if (flags.worst > 0) fmt::print("hardest\n");
  for (const std::size_t i : worst_first(findings, flags.worst)) {
    fmt::print("  {:.3f}  {}\n", findings.retrieval.queries[i].measures.ndcg.back(), shown_text(queries[i].words));
  }
}

}  // namespace

Result<ExitCode> evaluate_judgments(const CommonFlags& common, const EvalFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto library,
                           library::Library::open(common.library, {.access = library::Access::kReadOnly}));
  library::JudgmentFilter filter;
  if (!flags.judge.empty()) filter.judge = flags.judge;
  GLIMPSE_ASSIGN_OR_RETURN(const auto list, library::Judgments(*library).list(filter));
  say_damaged(list);
  if (list.judgments.empty()) {
    return Error::not_found("{}: nothing was judged{}: 'glimpse judge QUERY', or the page's \"Judge results\"",
                            display(common.library), flags.judge.empty() ? "" : " by " + flags.judge);
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto queries, judged_queries(list.judgments));
  GLIMPSE_ASSIGN_OR_RETURN(const auto generation, generation_to_ask(*library, flags.generation));
  GLIMPSE_ASSIGN_OR_RETURN(auto asked, open_generation(common, *library, generation));
  GLIMPSE_ASSIGN_OR_RETURN(const auto findings, ask(asked, queries, flags));
  GLIMPSE_ASSIGN_OR_RETURN(const auto status, library->status());
  if (common.json) {
    ordered_json json = {{"model", generation.model},
                         {"generation", generation.id.value},
                         {"pictures", status.pictures},
                         {"queries", queries.size()},
                         {"judgments", list.judgments.size()},
                         {"gone", findings.gone},
                         {"without_right", findings.without_right}};
    json.update(report_json(findings, queries, flags));
    print_json(json);
  } else {
    fmt::print("{}: {} pictures, {} judgments of {} queries\n", generation.model, human_count(status.pictures),
               list.judgments.size(), queries.size());
    print_for_people(findings, queries, flags);
  }
  return ExitCode::kDone;
}

}  // namespace glimpse::app
