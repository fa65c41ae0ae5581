#include "judge/session.h"

#include <fmt/core.h>

#include <optional>
#include <span>

#include "base/file.h"
#include "base/memory.h"
#include "filter/time.h"
#include "judge/shown_text.h"
#include "terminal.h"

namespace glimpse::app {
namespace {

class Session {
 public:
  Session(const Pool& pool, const SessionOptions& options, Answers& answers, JudgmentWriter& writer)
      : pool_(pool), options_(options), answers_(answers), writer_(writer) {}

  Result<SessionReport> run() {
    while (!pool_.candidates.empty()) {
      const bool all_said = said_.size() == pool_.candidates.size();
      if (all_said) {
        fmt::print(stderr, "\nthat was the last: u to undo, any other key to end: ");
      } else {
        show();
      }
      GLIMPSE_ASSIGN_OR_RETURN(const Answer answer, answers_.next());
      if (answer.kind == Answer::Kind::kQuit || (all_said && answer.kind != Answer::Kind::kUndo)) break;
      const auto done = take(answer);
      if (done) continue;
      if (done.error().code() != ErrorCode::kUnavailable || !answers_.can_be_asked_again()) return done.error();
      fmt::print(stderr, "  not stored: {}\n", done.error().message());
    }
    return report();
  }

 private:
  void show() const {
    const Candidate& candidate = pool_.candidates[said_.size()];
    const auto& picture = candidate.picture;
    fmt::print(stderr, "\n\"{}\"  {} of {}\n{}  {}\n  {} × {}  {}  {}\n", shown_text(candidate.query), said_.size() + 1,
               pool_.candidates.size(), terminal_picture(options_.pictures, picture.path), shown_path(picture.path),
               picture.width, picture.height, picture.format, filter::rfc3339(time_ms(picture)).substr(0, 10));
    if (!candidate.caption.empty()) fmt::print(stderr, "  {}\n", shown_text(candidate.caption));
    fmt::print(stderr, "  0 wrong · 1 partly · 2 right · 3 exactly · s skip · u undo · q quit: ");
    std::fflush(stderr);
  }

  library::JudgmentFacts facts(const Candidate& candidate, int grade) const {
    return {{candidate.query, candidate.picture.content, options_.judge},
            grade,
            candidate.rank,
            candidate.model,
            candidate.fingerprint};
  }

  Result<void> take(const Answer& answer) {
    if (answer.kind == Answer::Kind::kUndo) return undo();
    if (answer.kind == Answer::Kind::kGrade) {
      const auto stored = facts(pool_.candidates[said_.size()], answer.grade);
      GLIMPSE_RETURN_IF_ERROR(writer_.put(std::span(&stored, 1)));
      said_.emplace_back(answer.grade);
    } else {
      said_.emplace_back(std::nullopt);
    }
    return {};
  }

  Result<void> undo() {
    if (said_.empty()) {
      fmt::print(stderr, "  nothing to undo\n");
      return {};
    }
    if (said_.back()) {
      GLIMPSE_RETURN_IF_ERROR(writer_.erase(facts(pool_.candidates[said_.size() - 1], 0)));
    }
    said_.pop_back();
    return {};
  }

  SessionReport report() const {
    SessionReport report{.graded = {}, .skipped = 0, .left = pool_.candidates.size() - said_.size()};
    for (std::size_t i = 0; i < said_.size(); ++i) {
      if (said_[i]) report.graded.push_back({&pool_.candidates[i], *said_[i]});
      report.skipped += said_[i] ? 0 : 1;
    }
    return report;
  }

  const Pool& pool_;
  const SessionOptions& options_;
  Answers& answers_;
  JudgmentWriter& writer_;
  std::vector<std::optional<int>> said_;  ///< Of the candidates from the first on; nothing: skipped.
};

}  // namespace

Result<SessionReport> run_session(const Pool& pool, const SessionOptions& options, Answers& answers,
                                  JudgmentWriter& writer) {
  return Session(pool, options, answers, writer).run();
}

}  // namespace glimpse::app
