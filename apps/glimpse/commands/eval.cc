#include <fmt/core.h>

#include <filesystem>

#include "base/cpu.h"
#include "base/file.h"
#include "commands.h"
#include "eval/embed_truth.h"
#include "eval/judged.h"
#include "eval/report.h"
#include "evaluate/trec.h"
#include "json_text.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// Judged queries and a run, of any system: no model is needed.
Result<ExitCode> evaluate_run(const CommonFlags& common, const EvalFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto qrels, evaluate::read_qrels(flags.qrels));
  GLIMPSE_ASSIGN_OR_RETURN(const auto run, evaluate::read_run(flags.run));
  const auto averaging = flags.complete ? evaluate::Averaging::kComplete : evaluate::Averaging::kAnswered;
  const auto found = evaluate::evaluate(qrels, run, flags.cutoffs, averaging);
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

ordered_json worst_json(const EmbeddedTruth& embedded, const evaluate::Retrieval& found, int count) {
  ordered_json worst = ordered_json::array();
  for (const auto* query : evaluate::worst_queries(found, static_cast<std::size_t>(count))) {
    const auto& text = embedded.truth.texts[query->query];
    ordered_json right = ordered_json::array(), best = ordered_json::array();
    for (const auto picture : text.pictures) right.push_back(embedded.truth.pictures[picture].native());
    for (const auto picture : query->best) best.push_back(embedded.truth.pictures[picture].native());
    worst.push_back({{"query", text.text}, {"rank", query->first_right}, {"right", right}, {"found", best}});
  }
  return worst;
}

Result<void> write_trec(const EmbeddedTruth& embedded, const EvalFlags& flags, const std::string& tag) {
  if (!flags.write_qrels.empty()) {
    GLIMPSE_RETURN_IF_ERROR(
        write_file_atomically(flags.write_qrels, evaluate::qrels_text(evaluate::qrels_of(embedded.truth))));
  }
  if (flags.write_run.empty()) return {};
  return write_file_atomically(
      flags.write_run,
      evaluate::run_text(evaluate::run_of(embedded.truth, embedded.texts, embedded.pictures, 1000), tag));
}

void print_for_people(const EmbeddedTruth& embedded, const evaluate::Retrieval& to_pictures,
                      const evaluate::Retrieval& to_texts, const std::string& model, int worst) {
  fmt::print("{}: {} pictures, {} texts\n", model,
             human_count(static_cast<std::int64_t>(embedded.truth.pictures.size())),
             human_count(static_cast<std::int64_t>(embedded.truth.texts.size())));
  fmt::print("text to image (95 % interval)\n{}", retrieval_table(to_pictures));
  fmt::print("image to text\n{}", retrieval_table(to_texts));
  if (worst > 0) fmt::print("hardest\n");
  for (const auto* query : evaluate::worst_queries(to_pictures, static_cast<std::size_t>(worst))) {
    const auto& text = embedded.truth.texts[query->query];
    fmt::print("  {:>5}. {}  {}\n", query->first_right, display(embedded.truth.pictures[text.pictures.front()]),
               text.text);
  }
}

void print_remarks(const evaluate::GroundTruth& truth, const EmbeddedTruth& embedded) {
  for (const auto& remark : truth.remarks) fmt::print(stderr, "{}\n", remark);
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < std::min(kShown, embedded.unread.size()); ++i) {
    fmt::print(stderr, "{}\n", embedded.unread[i]);
  }
  if (embedded.unread.size() > kShown) {
    fmt::print(stderr, "… and {} more pictures that could not be read\n", embedded.unread.size() - kShown);
  }
}

/// Captioned or labelled pictures, by a model of ours.
Result<ExitCode> evaluate_model(const CommonFlags& common, const EvalFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto truth, evaluate::read_ground_truth(flags.source));
  std::error_code ignored;
  const fs::path beside = fs::is_directory(flags.source, ignored) ? flags.source : flags.source.parent_path();
  GLIMPSE_ASSIGN_OR_RETURN(auto model, open_model(common, kDefaultModel));
  GLIMPSE_ASSIGN_OR_RETURN(const auto embedded,
                           embed_truth(truth, flags.pictures.empty() ? beside : flags.pictures, model, common));
  print_remarks(truth, embedded);
  const int threads = common.threads > 0 ? common.threads : available_cpus();
  constexpr std::size_t kKeep = 10;
  const auto to_pictures =
      rank_all(embedded.texts, embedded.pictures, text_to_image(embedded.truth), flags.cutoffs, kKeep, threads);
  const auto to_texts =
      rank_all(embedded.pictures, embedded.texts, image_to_text(embedded.truth), flags.cutoffs, kKeep, threads);
  GLIMPSE_RETURN_IF_ERROR(write_trec(embedded, flags, model.stored.name));
  if (!common.json) {
    print_for_people(embedded, to_pictures, to_texts, model.stored.name, flags.worst);
    return ExitCode::kDone;
  }
  print_json({{"model", model.stored.name},
              {"precision", std::string(name_of(model.encoder->picture_precision()))},
              {"queries", to_pictures.queries.size()},
              {"pictures", embedded.truth.pictures.size()},
              {"unread", embedded.unread.size()},
              {"broken", truth.broken},
              {"seconds", embedded.seconds},
              {"text_to_image", retrieval_json(to_pictures)},
              {"image_to_text", retrieval_json(to_texts)},
              {"worst", worst_json(embedded, to_pictures, flags.worst)}});
  return ExitCode::kDone;
}

}  // namespace

Result<ExitCode> run_eval(const CommonFlags& common, const EvalFlags& flags) {
  if (flags.judgments) {
    if (flags.source.empty() && flags.qrels.empty() && flags.run.empty()) return evaluate_judgments(common, flags);
    return Error::invalid_argument("--judgments are the library's own: they go with no SOURCE and no --qrels");
  }
  if (flags.qrels.empty() != flags.run.empty()) {
    return Error::invalid_argument("--qrels and --run go together: judged queries, and the answers to them");
  }
  if (flags.source.empty() == flags.qrels.empty()) {
    return Error::invalid_argument(
        "nothing to evaluate: give captioned pictures (a folder, or a table of captions), or --qrels with --run");
  }
  return flags.qrels.empty() ? evaluate_model(common, flags) : evaluate_run(common, flags);
}

}  // namespace glimpse::app
