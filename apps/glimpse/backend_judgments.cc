// Judgments from the page. Reading is the open library's; writing takes turns with whoever indexes.
#include <chrono>

#include "backend.h"
#include "evaluate/trec.h"
#include "judge/judged_queries.h"
#include "judge/trec_files.h"
#include "library/judgments.h"

namespace glimpse::app {
namespace {

using library::Judgment, library::Judgments, library::Library;

constexpr std::chrono::seconds kPatience{3};  // a person waits; who writes in turns is sooner done

Error no_library() { return Error::not_found("the library is empty: there is no picture to judge"); }

Result<server::JudgmentAnswer> described(const Judgment& judgment, const Library& library) {
  server::JudgmentAnswer answer{.query = judgment.query,
                                .judge = judgment.judge,
                                .grade = judgment.grade,
                                .rank = judgment.rank,
                                .model = judgment.model,
                                .fingerprint = judgment.fingerprint,
                                .judged_at_ms = judgment.judged_at_ms,
                                .pictures = {}};
  GLIMPSE_ASSIGN_OR_RETURN(const auto pictures, library.pictures(judgment.pictures));
  for (const auto& picture : pictures) answer.pictures.push_back({picture.id.value, picture.path.native()});
  return answer;
}

/// Name and fingerprint of the generation into `facts`. Errors: not_found.
Result<void> name_generation(const Library& library, std::int64_t id, library::JudgmentFacts& facts) {
  if (id == 0) return {};
  GLIMPSE_ASSIGN_OR_RETURN(const auto generations, library.generations());
  for (const auto& generation : generations) {
    if (generation.id.value != id) continue;
    facts.model = generation.model;
    facts.fingerprint = generation.fingerprint;
    return {};
  }
  return Error::not_found("generation {}: the library has none of this id (any more): search again", id);
}

}  // namespace

JudgmentWriter& LibraryBackend::writer(const Library& library) {
  std::call_once(first_judgment_, [&] { writer_.emplace(library.directory(), kPatience); });
  return *writer_;
}

Result<server::JudgmentsAnswer> LibraryBackend::judgments(const server::JudgmentsRequest& request) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, search_.get());
  server::JudgmentsAnswer answer;
  if (!open) return answer;
  GLIMPSE_ASSIGN_OR_RETURN(
      const auto list,
      Judgments(*open->library).list({.query = request.query, .judge = request.judge}, request.limit, request.offset));
  answer.total = list.total;
  answer.damaged = list.damaged;
  for (const auto& judgment : list.judgments) {
    GLIMPSE_ASSIGN_OR_RETURN(answer.judgments.emplace_back(), described(judgment, *open->library));
  }
  return answer;
}

Result<server::JudgmentAnswer> LibraryBackend::judge(const server::JudgmentRequest& request) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, search_.get());
  if (!open) return no_library();
  const Library& library = *open->library;
  GLIMPSE_ASSIGN_OR_RETURN(const auto picture, library.picture({request.picture}));
  library::JudgmentFacts facts{{request.query, picture.content, request.judge}, request.grade, request.rank, "", ""};
  GLIMPSE_RETURN_IF_ERROR(name_generation(library, request.generation, facts));
  GLIMPSE_RETURN_IF_ERROR(writer(library).put(std::span(&facts, 1)));
  GLIMPSE_ASSIGN_OR_RETURN(const auto list, Judgments(library).list({.query = facts.query, .judge = facts.judge}));
  for (const auto& judgment : list.judgments) {
    if (judgment.content == facts.content) return described(judgment, library);
  }
  return Error::not_found("the judgment was taken back meanwhile");
}

Result<void> LibraryBackend::forget_judgment(const server::JudgmentKey& key) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, search_.get());
  if (!open) return no_library();
  GLIMPSE_ASSIGN_OR_RETURN(const auto picture, open->library->picture({key.picture}));
  GLIMPSE_ASSIGN_OR_RETURN(const bool there, writer(*open->library).erase({key.query, picture.content, key.judge}));
  if (there) return {};
  return Error::not_found("picture {} was not judged for this query{}", key.picture,
                          key.judge.empty() ? "" : " by " + key.judge);
}

Result<std::string> LibraryBackend::judgments_file(server::JudgmentsFile which) {
  GLIMPSE_ASSIGN_OR_RETURN(const auto open, search_.get());
  if (!open) return std::string();
  GLIMPSE_ASSIGN_OR_RETURN(const auto list, Judgments(*open->library).list({}));
  GLIMPSE_ASSIGN_OR_RETURN(const auto queries, judged_queries(list.judgments));
  if (which == server::JudgmentsFile::kTopics) return topics_text(queries);
  GLIMPSE_ASSIGN_OR_RETURN(const auto qrels, qrels_of(queries, *open->library));
  return evaluate::qrels_text(qrels);
}

}  // namespace glimpse::app
