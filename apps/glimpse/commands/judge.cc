#include <fmt/core.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "base/file.h"
#include "commands.h"
#include "evaluate/trec.h"
#include "generation_search.h"
#include "json_text.h"
#include "judge/candidates.h"
#include "judge/judged_queries.h"
#include "judge/judgment_list.h"
#include "judge/session.h"
#include "judge/trec_files.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

using library::Judgments, library::Library;
using nlohmann::ordered_json;

constexpr std::chrono::seconds kPatience{10};  // for somebody who writes in short turns
constexpr std::size_t kRunDepth = 1000;

std::string words_of(const JudgeFlags& flags) { return fmt::format("{}", fmt::join(flags.words, " ")); }

Result<std::unique_ptr<Library>> open_to_read(const CommonFlags& common) {
  return Library::open(common.library, {.access = library::Access::kReadOnly});
}

/// The judgments that the flags name, what is damaged told.
Result<library::JudgmentList> listed(const JudgeFlags& flags, const Library& library) {
  library::JudgmentFilter filter;
  if (!flags.words.empty()) filter.query = words_of(flags);
  if (!flags.judge.empty()) filter.judge = flags.judge;
  GLIMPSE_ASSIGN_OR_RETURN(auto list, Judgments(library).list(filter));
  say_damaged(list);
  return list;
}

Result<ExitCode> list_judgments(const CommonFlags& common, const JudgeFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto library, open_to_read(common));
  GLIMPSE_ASSIGN_OR_RETURN(const auto list, listed(flags, *library));
  if (common.json) {
    GLIMPSE_ASSIGN_OR_RETURN(auto judgments, judgments_json(list.judgments, *library));
    print_json({{"judgments", std::move(judgments)}, {"damaged", list.damaged}});
  } else if (!list.judgments.empty()) {
    GLIMPSE_ASSIGN_OR_RETURN(const std::string table, judgments_table(list.judgments));
    fmt::print("{}", table);
  }
  return list.judgments.empty() ? ExitCode::kNothingFound : ExitCode::kDone;
}

Result<void> write_run(const CommonFlags& common, const JudgeFlags& flags, const Library& library,
                       const std::vector<JudgedQuery>& queries) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto generation, generation_to_ask(library, ""));
  GLIMPSE_ASSIGN_OR_RETURN(const auto asked, open_generation(common, library, generation));
  evaluate::Run run;
  for (const JudgedQuery& query : queries) {
    GLIMPSE_ASSIGN_OR_RETURN(const auto hits, asked.engine->by_text(query.words, {.limit = kRunDepth}));
    for (const auto& hit : hits.hits) run[query.id].push_back({hit.picture.path.native(), hit.score});
  }
  return write_file_atomically(flags.run, evaluate::run_text(run, generation.model));
}

Result<ExitCode> export_judgments(const CommonFlags& common, const JudgeFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto library, open_to_read(common));
  GLIMPSE_ASSIGN_OR_RETURN(const auto list, listed(flags, *library));
  GLIMPSE_ASSIGN_OR_RETURN(const auto queries, judged_queries(list.judgments));
  GLIMPSE_ASSIGN_OR_RETURN(const auto qrels, qrels_of(queries, *library));
  const auto topics = flags.topics.empty() ? topics_file_of(flags.export_to) : flags.topics;
  if (topics == flags.export_to) return Error::invalid_argument("--export: the topics would be written over the qrels");
  if (!flags.run.empty()) GLIMPSE_RETURN_IF_ERROR(write_run(common, flags, *library, queries));
  GLIMPSE_RETURN_IF_ERROR(write_file_atomically(topics, topics_text(queries)));
  GLIMPSE_RETURN_IF_ERROR(write_file_atomically(flags.export_to, evaluate::qrels_text(qrels)));
  if (common.json) {
    print_json({{"queries", queries.size()}, {"judgments", list.judgments.size()}, {"topics", topics.native()}});
  } else {
    fmt::print(stderr, "{} judgments of {} queries; what the queries' ids stand for is in {}\n",
               human_count(static_cast<std::int64_t>(list.judgments.size())), queries.size(), display(topics));
  }
  return queries.empty() ? ExitCode::kNothingFound : ExitCode::kDone;
}

Result<ExitCode> import_judgments(const CommonFlags& common, const JudgeFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto library, open_to_read(common));
  GLIMPSE_ASSIGN_OR_RETURN(const auto imported, read_judgments(flags.import_from, flags.topics, flags.judge, *library));
  if (!imported.unknown.empty() && !flags.skip_unknown) {
    return Error::not_found(
        "{}: {} of its documents are no pictures of the library, the first is '{}': nothing was stored; with "
        "--skip-unknown the others are",
        display(flags.import_from), imported.unknown.size(), display(imported.unknown.front()));
  }
  JudgmentWriter writer(common.library, kPatience);
  if (!imported.facts.empty()) GLIMPSE_RETURN_IF_ERROR(writer.put(imported.facts));
  if (common.json) {
    print_json(
        {{"judgments", imported.facts.size()}, {"queries", imported.queries}, {"unknown", imported.unknown.size()}});
  } else {
    fmt::print(stderr, "{} judgments of {} queries stored, {} of unknown pictures left out\n", imported.facts.size(),
               imported.queries, imported.unknown.size());
  }
  return imported.facts.empty() ? ExitCode::kNothingFound : ExitCode::kDone;
}

Result<ExitCode> forget_judgments(const CommonFlags& common, const JudgeFlags& flags) {
  if (flags.words.empty()) return Error::invalid_argument("--forget: say of which query");
  std::vector<library::Judgment> gone;
  {
    GLIMPSE_ASSIGN_OR_RETURN(const auto library, open_to_read(common));
    GLIMPSE_ASSIGN_OR_RETURN(auto list, Judgments(*library).list({.query = words_of(flags), .judge = flags.judge}));
    gone = std::move(list.judgments);
  }
  JudgmentWriter writer(common.library, kPatience);
  for (const auto& judgment : gone) GLIMPSE_RETURN_IF_ERROR(writer.erase(judgment));
  if (common.json) {
    print_json({{"forgotten", gone.size()}});
  } else {
    fmt::print(stderr, "{} judgments forgotten\n", gone.size());
  }
  return gone.empty() ? ExitCode::kNothingFound : ExitCode::kDone;
}

void print_report(const CommonFlags& common, const Pool& pool, const SessionReport& report) {
  if (!common.json) {
    fmt::print(stderr, "\n{} judged, {} skipped, {} left; {} were judged before\n", report.graded.size(),
               report.skipped, report.left, pool.judged);
    return;
  }
  ordered_json graded = ordered_json::array();
  for (const auto& one : report.graded) {
    graded.push_back(
        {{"query", one.candidate->query}, {"path", one.candidate->picture.path.native()}, {"grade", one.grade}});
  }
  print_json({{"judged", std::move(graded)},
              {"skipped", report.skipped},
              {"left", report.left},
              {"judged_before", pool.judged}});
}

Result<std::vector<std::string>> queries_of(const JudgeFlags& flags) {
  if (flags.words.empty() == flags.queries.empty()) {
    return Error::invalid_argument("nothing to judge: give a query, or --queries with a file of them");
  }
  if (!flags.queries.empty()) return read_queries(flags.queries);
  GLIMPSE_RETURN_IF_ERROR(library::judged_query(words_of(flags)));
  return std::vector<std::string>{words_of(flags)};
}

Result<ExitCode> judge_answers(const CommonFlags& common, const JudgeFlags& flags) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto queries, queries_of(flags));
  GLIMPSE_ASSIGN_OR_RETURN(const auto library, open_to_read(common));
  GLIMPSE_ASSIGN_OR_RETURN(const auto pool, pool_candidates(common, *library, queries,
                                                            {.top = static_cast<std::size_t>(flags.top),
                                                             .generations = flags.pool,
                                                             .seed = flags.seed,
                                                             .judge = flags.judge}));
  JudgmentWriter writer(common.library, kPatience);
  const SessionOptions session{.judge = flags.judge,
                               .pictures = flags.pictures ? picture_protocol() : PictureProtocol::kNone};
  std::unique_ptr<Answers> answers;
  if (::isatty(STDIN_FILENO) == 1) {
    answers = std::make_unique<KeyAnswers>();
  } else {
    answers = std::make_unique<LineAnswers>();
  }
  GLIMPSE_ASSIGN_OR_RETURN(const auto report, run_session(pool, session, *answers, writer));
  print_report(common, pool, report);
  return ExitCode::kDone;
}

}  // namespace

Result<ExitCode> run_judge(const CommonFlags& common, const JudgeFlags& flags) {
  const int jobs = (flags.list ? 1 : 0) + (flags.forget ? 1 : 0) + (flags.import_from.empty() ? 0 : 1) +
                   (flags.export_to.empty() ? 0 : 1);
  if (jobs > 1)
    return Error::invalid_argument("--list, --forget, --import and --export are jobs of their own: give one");
  if (!flags.run.empty() && flags.export_to.empty()) {
    return Error::invalid_argument("--run goes with --export: the answers to the queries that are exported");
  }
  if (flags.list) return list_judgments(common, flags);
  if (flags.forget) return forget_judgments(common, flags);
  if (!flags.import_from.empty()) return import_judgments(common, flags);
  if (!flags.export_to.empty()) return export_judgments(common, flags);
  return judge_answers(common, flags);
}

}  // namespace glimpse::app
