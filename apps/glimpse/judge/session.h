#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "judge/answers.h"
#include "judge/candidates.h"
#include "judge/judgment_writer.h"
#include "judge/terminal_picture.h"

namespace glimpse::app {

/// A candidate and what was said of it.
struct Graded {
  const Candidate* candidate = nullptr;
  int grade = 0;
};

struct SessionReport {
  std::vector<Graded> graded;  ///< Stored, in order; what was undone is not there.
  std::size_t skipped = 0;
  std::size_t left = 0;  ///< Not reached.
};

struct SessionOptions {
  std::string judge = {};
  PictureProtocol pictures = PictureProtocol::kNone;
};

/// Shows one candidate after the other on standard error and stores each answer before it asks the next, so that
/// nothing said is lost however it ends. Undo takes the last answer back, from the library too. An answer that cannot
/// be stored because another process writes is asked for again where somebody is there. Errors: the answers', the
/// writer's; what was stored before stays.
Result<SessionReport> run_session(const Pool& pool, const SessionOptions& options, Answers& answers,
                                  JudgmentWriter& writer);

}  // namespace glimpse::app
