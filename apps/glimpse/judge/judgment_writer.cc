#include "judge/judgment_writer.h"

#include "library/library.h"

namespace glimpse::app {

using library::Judgments, library::Library;

Result<void> JudgmentWriter::put(std::span<const library::JudgmentFacts> facts) {
  const std::lock_guard turn(mutex_);
  GLIMPSE_ASSIGN_OR_RETURN(const auto library, Library::open(library_, {.wait = wait_}));
  return Judgments(*library).put(facts);
}

Result<bool> JudgmentWriter::erase(const library::JudgmentKey& key) {
  const std::lock_guard turn(mutex_);
  GLIMPSE_ASSIGN_OR_RETURN(const auto library, Library::open(library_, {.wait = wait_}));
  return Judgments(*library).erase(key);
}

}  // namespace glimpse::app
