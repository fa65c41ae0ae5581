#include "eval/write_trec.h"

#include "base/file.h"
#include "evaluate/trec.h"

namespace glimpse::app {

Result<void> write_trec(const EmbeddedTruth& embedded, const EvalFlags& flags, const std::string& tag) {
  if (!flags.write_qrels.empty()) {
    GLIMPSE_RETURN_IF_ERROR(
        write_file_atomically(flags.write_qrels, evaluate::qrels_text(evaluate::qrels_of(embedded.truth))));
  }
  if (flags.write_run.empty()) return {};
  constexpr std::size_t kDepth = 1000;
  return write_file_atomically(
      flags.write_run,
      evaluate::run_text(evaluate::run_of(embedded.truth, embedded.texts, embedded.pictures, kDepth), tag));
}

}  // namespace glimpse::app
